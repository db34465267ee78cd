import '../function-env';
import { newDynamoAuditHeads } from '../../lambdas/adapters/dynamodb/dynamo-audit-heads';
import { newDynamoSweepCheckpoint } from '../../lambdas/adapters/dynamodb/dynamo-sweep-checkpoint';
import { newDynamoJournalScan } from '../../lambdas/adapters/dynamodb/journal-scan';
import { newS3WormLog } from '../../lambdas/adapters/s3/s3-worm-log';
import { sweepJournal } from '../../lambdas/domain/audit';
import type { ShipPorts, SweepReport } from '../../lambdas/domain/audit';
import { newAuditSequencer } from '../../lambdas/handlers/audit-sequencer/handler';
import type { PartialBatchResponse } from '../../lambdas/middleware/batches';
import type { Attributes } from '../cloud/expressions';
import { names } from '../cloud/cloud';
import { keyOf } from '../cloud/tables';
import type { FunctionSpec, Surroundings } from '../functions';
import { metricsTelling, silentLog } from '../telemetry';
import type { World } from '../world';
import type { LedgerWaker } from '../../lambdas/domain/ledger';

const shardCount = 2;

const sweepEveryMs = 15 * 60_000;

const maxCalmSweeps = 12;

/** After this many failures in a row the event source gives a batch up, as it does at the end of its retries: the sweep must find it. */
const maxFailures = 8;

function shipPortsOf(world: World, { clients, ports }: Surroundings): ShipPorts {
  const { clock, sleep, randomness, journal } = ports;
  const stores = {
    worm: newS3WormLog({ client: clients.s3, bucket: names.wormBucket, sleep }),
    heads: newDynamoAuditHeads({ client: clients.dynamodb, ...names, clock, sleep }),
  };
  return { journal, sleep, randomness, ...(world.tampering.audit?.(stores) ?? stores) };
}

/** The journal's stream in shards, the sequencer behind each of them, and the sweep that finds what they forgot. */
export function newAuditing(world: World, ledger: LedgerWaker): { journalGrew(item: Attributes): void } {
  const { scheduler, choices, oracle } = world;
  const telling = metricsTelling((name) => {
    oracle.jury.check(
      name !== 'AuditGapFound' && name !== 'JournalTampered',
      'the product finds no gap in its log',
      () => name,
    );
  });
  const sequencer: FunctionSpec<object, PartialBatchResponse> = {
    name: 'audit-sequencer',
    limitMs: 60_000,
    build: (surroundings) =>
      newAuditSequencer({
        ...shipPortsOf(world, surroundings),
        ledger,
        log: silentLog,
        metrics: telling,
      }),
  };
  const sweep: FunctionSpec<undefined, SweepReport> = {
    name: 'audit-sweep',
    limitMs: 300_000,
    build: (surroundings) => {
      const client = surroundings.clients.dynamodb;
      const sweepPorts = {
        ...shipPortsOf(world, surroundings),
        clock: scheduler.clock,
        scan: newDynamoJournalScan({ client, journalTable: names.journalTable, pageItems: 20 }),
        checkpoint: newDynamoSweepCheckpoint({ client, coordinationTable: names.coordinationTable }),
      };
      return () => sweepJournal(sweepPorts, () => true);
    },
  };
  const invoke = world.functions.define(sequencer);
  const invokeSweep = world.functions.define(sweep);
  const shards = Array.from({ length: shardCount }, (_, index) => newShard(index));
  let sweeps = 0;
  let calm = 0;

  /** One batch at a time a shard; what fails is delivered again from there. */
  function newShard(index: number) {
    const records: Attributes[] = [];
    let position = 0;
    let busy = false;
    let failures = 0;
    let batches = 0;

    const poll = (): void => {
      if (busy || position >= records.length) return;
      busy = true;
      batches += 1;
      const from = position;
      const size = choices.integer(1, 12, 'shard-batch', index, batches);
      const batch = records.slice(from, from + size);
      const Records = batch.map((NewImage, offset) => ({
        eventName: 'INSERT',
        dynamodb: { SequenceNumber: String(from + offset), Keys: { pk: NewImage.pk, sk: NewImage.sk }, NewImage },
      }));
      const next = (to: number, waitMs: number): void => {
        failures = to > from ? 0 : failures + 1;
        // The event source has tried often enough: the sweep must find what it leaves behind.
        position = failures >= maxFailures ? from + batch.length : to;
        if (failures >= maxFailures) failures = 0;
        busy = false;
        scheduler.after(waitMs, poll);
      };
      const again = (): void => next(from, Math.min(60_000, 1_000 * 2 ** failures));
      invoke(
        `shard-${String(index)}-${String(batches)}`,
        { Records },
        {
          done: ({ batchItemFailures: [first] }) => {
            if (first === undefined) next(from + batch.length, choices.integer(0, 900, 'shard-poll', index, batches));
            else next(Number(first.itemIdentifier), 1_000);
          },
          died: again,
          threw: again,
        },
      );
    };

    return {
      add: (item: Attributes): void => {
        records.push(item);
        scheduler.after(choices.integer(20, 600, 'shard-lag', index, records.length), poll);
      },
    };
  }

  let armed = false;
  const arm = (delayMs: number): void => {
    if (armed) return;
    armed = true;
    scheduler.after(delayMs, runSweep);
  };
  const runSweep = (): void => {
    armed = false;
    sweeps += 1;
    const again = (): void => arm(sweepEveryMs);
    invokeSweep(`audit-sweep-${String(sweeps)}`, undefined, {
      done: ({ failures, reachedEnd }) => {
        // An idle schedule goes on for ever: its runs are left out once nothing goes wrong and nothing is left to find, and after
        // so many of them what is left is not going to be found.
        calm += scheduler.healed ? 1 : 0;
        const isLeft = !scheduler.healed || failures.length > 0 || !reachedEnd || oracle.hasUnshipped();
        if (isLeft && calm < maxCalmSweeps) again();
      },
      died: again,
      threw: again,
    });
  };
  arm(choices.integer(1_000, sweepEveryMs, 'first-sweep'));
  oracle.onCommit(() => {
    calm = 0;
    arm(sweepEveryMs);
  });

  return {
    journalGrew: (item) => {
      const shard = shards[choices.integer(0, shardCount - 1, 'shard', keyOf(item).pk)];
      shard?.add(item);
    },
  };
}
