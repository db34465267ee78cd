import { randomBytes } from 'node:crypto';

import * as z from 'zod';

import type { LocalCloud } from '../local/local-cloud';
import { newAwsClient, type AwsClient } from '../local/runtime/aws-client';
import type { Seed } from '../local/seed';

/**
 * How long a quiet tenant's event waits, in turns: the receives that the processor's poller made from the moment the event was in the
 * queue until the one that took it, that one included. Turns are counted, not timed: here the flood takes processors from the very
 * machine that is to measure, which Lambda does not.
 */
export interface FloodRun {
  readonly quietTurns: number;
  readonly floodedTurns: number;
  readonly ratio: number;
  readonly floodEvents: number;
  /** Events of the flood that were still unprocessed when the last quiet one was done: it was a flood all along. */
  readonly floodLeft: number;
}

const floodEvents = 1_500;

const probes = 12;

const quietTenant = 'ten_0000000000000000000q';

/** Fills the queue with one connection's events, and watches another tenant's pass. */
export async function measureFlood(cloud: LocalCloud, { tenantId, connectionId }: Seed): Promise<FloodRun> {
  const admin = newAwsClient(cloud.awsEndpoint, cloud.assembly.place.region, cloud.adminCredentials);
  const queueUrl = `${cloud.awsEndpoint}/${cloud.assembly.place.accountId}/countinghouse-dev-webhooks`;
  await cloud.idle(120_000);
  const quiet = await probe(cloud, admin, queueUrl);
  await cloud.idle(120_000);

  const flood = Array.from({ length: floodEvents / 10 }, () => messages(tenantId, connectionId, 10));
  for (const batch of flood) await send(admin, queueUrl, tenantId, batch);
  const flooded = await probe(cloud, admin, queueUrl);
  const floodLeft = floodEvents - processed(cloud, tenantId);
  await cloud.idle(300_000);
  return {
    quietTurns: mean(quiet),
    floodedTurns: mean(flooded),
    ratio: mean(flooded) / mean(quiet),
    floodEvents,
    floodLeft,
  };
}

async function probe(cloud: LocalCloud, admin: AwsClient, queueUrl: string): Promise<readonly number[]> {
  const turns: number[] = [];
  for (let at = 0; at < probes; at += 1) {
    const since = cloud.frontDoor.lastSequence();
    const [message] = messages(quietTenant, 'con_0000000000000000000q', 1);
    if (message === undefined) throw new Error('one message was asked for');
    await send(admin, queueUrl, quietTenant, [message]);
    const { sentMs, takenMs } = await timesOf(cloud, message.event.eventKey, Date.now());
    const receives = cloud.frontDoor.calls({ since }).filter(({ action, resource, atMs }) => {
      return action === 'ReceiveMessage' && resource.endsWith('-webhooks') && atMs >= sentMs && atMs <= takenMs;
    });
    // A receive that was already waiting for a message when this one came is its turn, too.
    turns.push(Math.max(1, receives.length));
  }
  return turns;
}

/** When it was sent, and when it was taken from the queue, as the processor's log says. */
async function timesOf(
  cloud: LocalCloud,
  eventKey: string,
  sentMs: number,
): Promise<{ sentMs: number; takenMs: number }> {
  for (let waited = 0; waited < 120_000; waited += 20) {
    const [found] = cloud.logs({ functionName: 'webhook-processor', contains: eventKey });
    if (found !== undefined) {
      const { queuedMs } = z.object({ queuedMs: z.number() }).parse(JSON.parse(found.line));
      return { sentMs, takenMs: sentMs + queuedMs };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('an event of the quiet tenant was never processed');
}

function processed(cloud: LocalCloud, tenantId: string): number {
  return cloud
    .logs({ functionName: 'webhook-processor', contains: 'evt_flood' })
    .filter(({ line }) => line.includes(tenantId)).length;
}

interface FloodMessage {
  readonly event: { readonly eventKey: string };
}

function messages(tenant: string, connectionId: string, count: number): readonly FloodMessage[] {
  const now = new Date().toISOString();
  return Array.from({ length: count }, () => ({
    tenant,
    connectionId,
    provider: 'sandbox',
    event: {
      eventKey: `evt_flood${randomBytes(8).toString('hex')}`,
      occurredAt: now,
      eventType: 'other',
      subject: { type: 'other' },
    },
    receivedAt: now,
    requestId: 'bench',
  }));
}

async function send(admin: AwsClient, queueUrl: string, group: string, batch: readonly FloodMessage[]): Promise<void> {
  const entries = batch.map((message, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(message),
    MessageGroupId: group,
  }));
  await admin.json('sqs', 'SendMessageBatch', { QueueUrl: queueUrl, Entries: entries });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
