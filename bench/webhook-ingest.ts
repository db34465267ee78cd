import { fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { buildSync } from 'esbuild';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';

import { bundleOptions } from '../lib/constructs/bundle-options';
import { asString } from '../local/assembly/json';
import type { LocalCloud } from '../local/local-cloud';
import { newAwsClient } from '../local/runtime/aws-client';
import type { Seed } from '../local/seed';

/** One side of the comparison: how many deliveries it took a second, how long each took, and what it asked of AWS for each. */
export interface IngestRun {
  readonly by: 'countinghouse' | 'Express + stripe';
  readonly deliveries: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly callsPerDelivery: number;
}

const warmUps = 5;

const deliveries = 400;

const atOnce = 8;

/** Sustained deliveries over HTTP: to the product's Function URL, and to the peer, a process of its own, one after the other. */
export async function measureIngest(cloud: LocalCloud, seeded: Seed, folder: string): Promise<readonly IngestRun[]> {
  const ours = await ourDeliveries(cloud, seeded);
  const oursRun = await run(
    cloud,
    'countinghouse',
    ours,
    (call) => call.functionName?.endsWith('-webhook-ingest') === true,
  );
  await cloud.idle(120_000);
  const peer = await startPeer(cloud, folder);
  try {
    const peersRun = await run(cloud, 'Express + stripe', peer.deliver, (call) => call.functionName === undefined);
    return [oursRun, peersRun];
  } finally {
    peer.stop();
  }
}

type Deliver = () => Promise<Response>;

async function run(
  cloud: LocalCloud,
  by: IngestRun['by'],
  deliver: Deliver,
  isOurs: (call: { readonly functionName: string | undefined }) => boolean,
): Promise<IngestRun> {
  const one = async (): Promise<number> => {
    const startedMs = performance.now();
    const answer = await deliver();
    if (answer.status !== 200) throw new Error(`${by} answered ${String(answer.status)}: ${await answer.text()}`);
    await answer.arrayBuffer();
    return performance.now() - startedMs;
  };
  // As many at once as are measured, so that every instance that will serve them is warm.
  for (let at = 0; at < warmUps; at += 1) await Promise.all(Array.from({ length: atOnce }, one));
  const since = cloud.frontDoor.lastSequence();
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const sender = async (): Promise<void> => {
    for (let at = 0; at < deliveries / atOnce; at += 1) tookMs.push(await one());
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  const seconds = (performance.now() - startedMs) / 1000;
  const calls = cloud.frontDoor.calls({ since }).filter(isOurs).length;
  tookMs.sort((a, b) => a - b);
  const percentile = (share: number): number =>
    tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0;
  return {
    by,
    deliveries,
    perSecond: deliveries / seconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    callsPerDelivery: calls / deliveries,
  };
}

async function ourDeliveries(cloud: LocalCloud, { tenantId, connectionId }: Seed): Promise<Deliver> {
  const admin = newAwsClient(cloud.awsEndpoint, cloud.assembly.place.region, cloud.adminCredentials);
  const name = `countinghouse/dev/tenants/${tenantId}/connections/${connectionId}`;
  const { SecretString } = await admin.json('secretsmanager', 'GetSecretValue', { SecretId: name });
  const { webhookSecret } = z
    .object({ webhookSecret: z.string() })
    .parse(JSON.parse(asString(SecretString, 'SecretString')));
  const ingest = Object.entries(cloud.functionUrls).find(([each]) => each.endsWith('-webhook-ingest'))?.[1];
  if (ingest === undefined) throw new Error('webhook-ingest has no Function URL');
  const signer = new Webhook(webhookSecret);
  return () => {
    const now = new Date();
    const id = `evt_${randomBytes(12).toString('hex')}`;
    const event = {
      id,
      type: 'authorization.expired',
      occurredAt: now.toISOString(),
      payment: 'pay_0123456789abcdefghjk',
    };
    const body = JSON.stringify({ events: [event] });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signer.sign(id, now, body),
    };
    return fetch(`${ingest}/${tenantId}/${connectionId}`, { method: 'POST', headers, body });
  };
}

async function startPeer(cloud: LocalCloud, folder: string): Promise<{ readonly deliver: Deliver; stop(): void }> {
  const outfile = join(folder, 'peer-express-webhook', 'index.js');
  buildSync({ entryPoints: [join(__dirname, 'peer', 'express-webhook.ts')], outfile, ...bundleOptions });
  const { accessKeyId, secretAccessKey } = cloud.adminCredentials;
  const { region } = cloud.assembly.place;
  const aws = newAwsClient(cloud.awsEndpoint, region, cloud.adminCredentials);
  const { QueueUrl } = await aws.json('sqs', 'CreateQueue', { QueueName: 'peer-express', Attributes: {} });
  const secret = `whsec_${randomBytes(24).toString('hex')}`;
  const child = fork(outfile, {
    env: {
      ...process.env,
      PEER_SECRET: secret,
      PEER_QUEUE_URL: asString(QueueUrl, 'QueueUrl'),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: cloud.awsEndpoint,
      NODE_ENV: 'production',
    },
  });
  const told: unknown[] = await once(child, 'message');
  const { port } = z.object({ port: z.number() }).parse(told[0]);
  return {
    deliver: () => {
      const body = JSON.stringify({
        id: `evt_${randomBytes(12).toString('hex')}`,
        object: 'event',
        type: 'charge.expired',
        data: {},
      });
      const at = Math.floor(Date.now() / 1000);
      const mac = createHmac('sha256', secret)
        .update(`${String(at)}.${body}`)
        .digest('hex');
      const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${String(at)},v1=${mac}` };
      return fetch(`http://127.0.0.1:${String(port)}/webhook`, { method: 'POST', headers, body });
    },
    stop: () => void child.kill(),
  };
}
