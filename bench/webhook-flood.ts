import { randomBytes } from 'node:crypto';

import type { LocalCloud } from '../local/local-cloud';
import { newAwsClient, type AwsClient } from '../local/runtime/aws-client';
import type { Seed } from '../local/seed';

/**
 * How long a quiet tenant's event waits, in turns of the processor: the batches that were begun from the moment it was in the queue until
 * the batch that holds it, that one included. Turns are counted, not timed: the flood takes processors from the same machine as ours.
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
    const [message] = messages(quietTenant, 'con_0000000000000000000q', 1);
    if (message === undefined) throw new Error('one message was asked for');
    await send(admin, queueUrl, quietTenant, [message]);
    const since = cloud.frontDoor.lastSequence();
    const done = await doneIn(cloud, message.event.eventKey);
    // Every batch begins with reads of the journal in its own invocation.
    const begun = new Set<string>();
    for (const call of cloud.frontDoor.calls({ since })) {
      if (call.functionName?.endsWith('-webhook-processor') !== true || call.invocationId === undefined) continue;
      begun.add(call.invocationId);
      if (call.invocationId === done) break;
    }
    turns.push(begun.size);
  }
  return turns;
}

async function doneIn(cloud: LocalCloud, eventKey: string): Promise<string> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    const [line] = cloud.logs({ functionName: 'webhook-processor', contains: eventKey });
    if (line?.invocationId !== undefined) return line.invocationId;
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
