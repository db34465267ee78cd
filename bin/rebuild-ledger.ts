import { parseArgs } from 'node:util';

import * as z from 'zod';

import { newOperatorClient, runCommand } from './operator-command';

/**
 * Makes a tenant's books anew from its log, while the product runs, and switches to them when they agree with those that are read:
 *
 *     npm run rebuild-ledger -- --stage prod --tenant ten_…                                   with the caller's AWS credentials
 *     npm run rebuild-ledger -- --stage dev --tenant ten_… --endpoint http://127.0.0.1:4001   in the local cloud
 *
 * Books that differ are shown and not switched to. After a change of the rules by which positions are made they must differ: then add
 * `--accept-differences`. What was interrupted goes on with `--generation <the one printed>`.
 */
const { values } = parseArgs({
  options: {
    stage: { type: 'string' },
    tenant: { type: 'string' },
    region: { type: 'string', default: 'eu-central-1' },
    endpoint: { type: 'string' },
    generation: { type: 'string' },
    'accept-differences': { type: 'boolean', default: false },
  },
});

const sums = z.object({ debit: z.number(), credit: z.number() }).optional();

const answer = z.object({
  result: z.enum(['unfinished', 'switched', 'differs']),
  generation: z.number(),
  place: z.object({ index: z.number() }),
  differences: z.array(z.object({ account: z.string(), currency: z.string(), before: sums, after: sums })).default([]),
});

async function main(): Promise<number> {
  const { stage, tenant: tenantId, region, endpoint } = values;
  if (stage === undefined) throw new Error('name the stage: --stage dev or --stage prod');
  if (tenantId === undefined) throw new Error('name the tenant: --tenant ten_…');
  const invoke = newOperatorClient({ region, endpoint });
  const request = { tenantId, acceptDifferences: values['accept-differences'] };
  let generation = values.generation === undefined ? undefined : Number(values.generation);
  for (;;) {
    const part = answer.parse(
      await invoke(`countinghouse-${stage}-rebuild-ledger`, {
        ...request,
        ...(generation === undefined ? {} : { generation }),
      }),
    );
    generation = part.generation;
    const upTo = `generation ${String(generation)}, up to record ${String(part.place.index)}`;
    for (const difference of part.differences) console.error(`differs: ${JSON.stringify(difference)}`);
    console.log(`${part.result}: ${upTo}`);
    if (part.result !== 'unfinished') return part.result === 'switched' ? 0 : 1;
  }
}

runCommand(main);
