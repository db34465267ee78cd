import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readFunctions } from '../local/runtime/function-settings';
import type { LocalCloud } from '../local/local-cloud';
import { seed, type Seed } from '../local/seed';
import { startTemporaryCloud } from '../local/temporary-cloud';
import { measureColdStarts, type Bundle, type ColdStart } from './cold-starts';
import { bundlePeer, peerEnvironment, peerNames, type PeerName } from './peers';
import { measurePeers } from './peer-runs';
import { readPrices, type Prices } from './prices';
import { measureProduct } from './product';
import { coldStartsTable, floodTable, ingestTable, operationsTable, type ColdStartRow } from './tables';
import { measureFlood } from './webhook-flood';
import { measureIngest } from './webhook-ingest';

/**
 * `npm run bench [-- --json FILE] [--runs N] [--webhooks]`: what each operation asks of AWS and what each function costs to start, beside a peer
 * composed the usual way. Counts are exact and the same on every machine; times are this machine's, and only their ratio to the
 * peer's says something. `--webhooks` measures the intake of webhooks alone.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, runs: { type: 'string', default: '7' }, webhooks: { type: 'boolean' } },
  });
  const prices = readPrices();
  console.log('Starting a local cloud of its own …');
  const { cloud, stateDir, end } = await startTemporaryCloud(() => console.log('Synthesizing the stacks …'));
  try {
    const seeded = await seed(cloud, join(stateDir, 'state'));
    if (values.webhooks === true) {
      await measureWebhooks(cloud, seeded, stateDir);
      return;
    }
    const taskRoots = {
      'peer-create-payment': bundlePeer('peer-create-payment', stateDir),
      'peer-receive-webhook': bundlePeer('peer-receive-webhook', stateDir),
    };
    console.log('Counting …');
    const ours = await measureProduct(cloud, seeded, prices);
    const theirs = await measurePeers(cloud, taskRoots, prices);
    const operations = [...ours, ...theirs];
    console.log(`\n${explainOperations(prices)}\n\n${operationsTable(operations)}\n`);
    const webhooks = await measureWebhooks(cloud, seeded, stateDir);

    // The cloud must not compete with what is timed now, but its assembly holds the bundles.
    await cloud.stop();
    console.log('Starting every function in fresh processes …');
    const functions: Bundle[] = readFunctions(cloud.assembly, 1, new Map()).map((settings) => ({
      name: settings.functionName.replace(/^countinghouse-[a-z]+-/, ''),
      taskRoot: settings.taskRoot,
      environment: settings.environment,
    }));
    const peerBundles = peerNames.map((name) => ({ name, taskRoot: taskRoots[name], environment: peerEnvironment }));
    const coldStarts = besidePeers(measureColdStarts([...peerBundles, ...functions], Number(values.runs)));
    console.log(`\n${explainColdStarts(Number(values.runs))}\n\n${coldStartsTable(coldStarts)}`);

    if (values.json !== undefined) {
      const { file, region, date } = prices;
      writeFileSync(
        values.json,
        `${JSON.stringify({ prices: { file, region, date }, operations, webhooks, coldStarts }, undefined, 2)}\n`,
      );
      console.log(`\nWritten to ${values.json}`);
    }
  } finally {
    await end();
  }
}

/** Prints what it finds. */
async function measureWebhooks(cloud: LocalCloud, seeded: Seed, folder: string) {
  console.log('Delivering webhooks …');
  const ingest = await measureIngest(cloud, seeded, folder);
  console.log(`\n${explainIngest}\n\n${ingestTable(ingest)}\n`);
  console.log('Flooding the queue from one connection …');
  const flood = await measureFlood(cloud, seeded);
  console.log(`\n${explainFlood}\n\n${floodTable(flood)}\n`);
  return { ingest, flood };
}

const explainIngest = [
  'Genuine deliveries over HTTP, eight at once, warm: to the Function URL of webhook-ingest, and to a server of Express that verifies with',
  "the stripe library and sends to a queue. The local cloud's gateway and front door stand before and behind ours, the front door behind",
  'both; and while ours takes, its processor applies. Times are of this machine.',
].join('\n');

const explainFlood = [
  'Turns: receives from the queue from the moment a quiet tenant’s event was in it until the one that took it, that one included.',
].join('\n');

function explainOperations({ file, region, date, source }: Prices): string {
  return [
    'What one repetition of each operation asks of AWS, warm.',
    'rounds: sequential round trips. reads, writes: DynamoDB units. sent, received: bytes.',
    '$/M: US dollars per million: of the AWS calls alone, and with the requests to API Gateway, Lambda and of the queue poller;',
    'without Lambda duration, log ingestion and data transfer.',
    `Prices: ${region}, ${date} (${file}: ${source}).`,
    'The peer has no views, no total order and no WORM log: its audit record is in its own transaction.',
  ].join('\n');
}

function explainColdStarts(runs: number): string {
  return [
    `Bundles, and loading them in a fresh process with node:http preloaded: medians of ${runs} runs, in turns,`,
    `Node ${process.version}, ${availableParallelism()} processors. Functions of the REST API are put beside the peer that`,
    'creates payments, all others beside the peer that receives webhooks.',
  ].join('\n');
}

/** Each function beside the peer of its kind. */
function besidePeers(all: readonly ColdStart[]): readonly ColdStartRow[] {
  const behindUrlsAndQueues = new Set([
    'webhook-ingest',
    'webhook-processor',
    'webhook-redrive',
    'webhook-dead-letters',
    'projector',
    'audit-sequencer',
    'audit-sweep',
    'notifier',
    'sandbox-provider',
    'sandbox-webhooks',
    'pre-sign-up',
    'platform-bootstrap',
    'platform-admins',
    'rebuild-views',
  ]);
  const peerOf = (name: string): PeerName | undefined => {
    if (peerNames.some((peer) => peer === name)) return undefined;
    return behindUrlsAndQueues.has(name) ? 'peer-receive-webhook' : 'peer-create-payment';
  };
  return all.map((each) => {
    const peer = peerOf(each.name);
    const measuredPeer = all.find(({ name }) => name === peer);
    if (measuredPeer === undefined) return { ...each, peer: undefined, bytesToPeer: undefined, initToPeer: undefined };
    return {
      ...each,
      peer,
      bytesToPeer: each.bundleBytes / measuredPeer.bundleBytes,
      initToPeer: each.initCpuMs / measuredPeer.initCpuMs,
    };
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
