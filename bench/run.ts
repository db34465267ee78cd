import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readFunctions } from '../local/runtime/function-settings';
import { seed } from '../local/seed';
import { startTemporaryCloud } from '../local/temporary-cloud';
import { measureColdStarts, type Bundle, type ColdStart } from './cold-starts';
import { bundlePeer, peerEnvironment, peerNames, type PeerName } from './peers';
import { measurePeers } from './peer-runs';
import { readPrices, type Prices } from './prices';
import { measureProduct } from './product';
import { coldStartsTable, operationsTable, type ColdStartRow } from './tables';

/**
 * `npm run bench [-- --json FILE] [--runs N]`: what each operation asks of AWS and what each function costs to start, beside a peer
 * composed the usual way. Counts are exact and the same on every machine; times are this machine's, and only their ratio to the
 * peer's says something.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'string' }, runs: { type: 'string', default: '7' } } });
  const prices = readPrices();
  console.log('Starting a local cloud of its own …');
  const { cloud, stateDir, end } = await startTemporaryCloud(() => console.log('Synthesizing the stacks …'));
  try {
    const seeded = await seed(cloud, join(stateDir, 'state'));
    const taskRoots = {
      'peer-create-payment': bundlePeer('peer-create-payment', stateDir),
      'peer-receive-webhook': bundlePeer('peer-receive-webhook', stateDir),
    };
    console.log('Counting …');
    const ours = await measureProduct(cloud, seeded, prices);
    const theirs = await measurePeers(cloud, taskRoots, prices);
    const operations = [...ours, ...theirs];
    console.log(`\n${explainOperations(prices)}\n\n${operationsTable(operations)}\n`);

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
        `${JSON.stringify({ prices: { file, region, date }, operations, coldStarts }, undefined, 2)}\n`,
      );
      console.log(`\nWritten to ${values.json}`);
    }
  } finally {
    await end();
  }
}

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
