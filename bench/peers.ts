import { join } from 'node:path';

import { buildSync } from 'esbuild';

import { bundleOptions } from '../lib/constructs/bundle-options';

/** The peers of `bench/peer`, and the function of ours that each is put beside. */
export const peers = {
  'peer-create-payment': { entry: 'create-payment.ts', besides: 'payments' },
  'peer-receive-webhook': { entry: 'receive-webhook.ts', besides: 'webhook-ingest' },
} as const;

export type PeerName = keyof typeof peers;

export const peerNames: readonly PeerName[] = ['peer-create-payment', 'peer-receive-webhook'];

/** Bundles a peer the way the product's functions are bundled; answers the folder that holds its `index.js`. */
export function bundlePeer(name: PeerName, folder: string): string {
  const taskRoot = join(folder, name);
  buildSync({
    entryPoints: [join(__dirname, 'peer', peers[name].entry)],
    outfile: join(taskRoot, 'index.js'),
    ...bundleOptions,
  });
  return taskRoot;
}

/** What the peers read of their environment. */
export const peerEnvironment = {
  POWERTOOLS_SERVICE_NAME: 'peer',
  POWERTOOLS_METRICS_NAMESPACE: 'Peer',
  POWERTOOLS_LOG_LEVEL: 'INFO',
} as const;
