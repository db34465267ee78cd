import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import express from 'express';
import Stripe from 'stripe';

/**
 * The peer of webhook ingest: a server of Express that verifies with the official library of Stripe and puts what it was sent into a
 * queue, as both document it. It is told where and by what secret by its parent, and tells its port.
 */
function start({ secret, queueUrl }: { readonly secret: string; readonly queueUrl: string }): void {
  const stripe = new Stripe('sk_test_none');
  const queue = new SQSClient({});
  const app = express();
  app.post('/webhook', express.raw({ type: 'application/json' }), (request, response) => {
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body)) {
      response.sendStatus(400);
      return;
    }
    let event: Stripe.Event;
    try {
      event = stripe.webhooks.constructEvent(body, request.header('stripe-signature') ?? '', secret);
    } catch {
      response.sendStatus(401);
      return;
    }
    queue.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) })).then(
      () => response.json({ received: true }),
      () => response.sendStatus(503),
    );
  });
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
  });
}

start({ secret: process.env['PEER_SECRET'] ?? '', queueUrl: process.env['PEER_QUEUE_URL'] ?? '' });
