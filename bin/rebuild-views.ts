import { parseArgs } from 'node:util';

import * as z from 'zod';

import { newOperatorClient, runCommand } from './operator-command';

/**
 * Rewrites all views from the journal, while the product runs:
 *
 *     npm run rebuild-views -- --stage prod                                    in the account of the caller's AWS credentials
 *     npm run rebuild-views -- --stage dev --endpoint http://127.0.0.1:4001    in the local cloud (awsEndpoint of local.json)
 *
 * It may be interrupted at any point: a run begun with `--cursor <last one printed>` goes on there, and one begun without it
 * does everything again, which changes nothing that is up to date.
 */
const { values } = parseArgs({
  options: {
    stage: { type: 'string' },
    region: { type: 'string', default: 'eu-central-1' },
    endpoint: { type: 'string' },
    cursor: { type: 'string' },
  },
});

const answer = z.object({
  streams: z.number(),
  commits: z.number(),
  observations: z.number(),
  views: z.number(),
  unreadable: z.array(z.string()),
  cursor: z.string().optional(),
});

async function main(): Promise<number> {
  const { stage, region, endpoint } = values;
  if (stage === undefined) throw new Error('name the stage: --stage dev or --stage prod');
  const invoke = newOperatorClient({ region, endpoint });

  const total = { streams: 0, commits: 0, observations: 0, views: 0 };
  let unreadable = 0;
  let cursor = values.cursor;
  do {
    const request = cursor === undefined ? {} : { cursor };
    const part = answer.parse(await invoke(`countinghouse-${stage}-rebuild-views`, request));
    total.streams += part.streams;
    total.commits += part.commits;
    total.observations += part.observations;
    total.views += part.views;
    unreadable += part.unreadable.length;
    for (const key of part.unreadable) console.error(`not readable, and in no view: ${key}`);
    cursor = part.cursor;
    const sum = `${String(total.streams)} streams, ${String(total.commits)} commits, ${String(total.observations)} observations`;
    console.log(
      `${sum}: ${String(total.views)} views written${cursor === undefined ? '' : `; go on with --cursor ${cursor}`}`,
    );
  } while (cursor !== undefined);
  console.log('done: every view is as the journal says');
  return unreadable === 0 ? 0 : 1;
}

runCommand(main);
