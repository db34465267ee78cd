import { newDynamoAuditHeads } from '../../lambdas/adapters/dynamodb/dynamo-audit-heads';
import { newDynamoLedger } from '../../lambdas/adapters/dynamodb/dynamo-ledger';
import { newS3WormLog } from '../../lambdas/adapters/s3/s3-worm-log';
import { LedgerCorruption, projectLedger } from '../../lambdas/domain/ledger';
import type { Projected } from '../../lambdas/domain/ledger';
import { cast } from '../cast';
import { names } from '../cloud/cloud';
import type { FunctionSpec } from '../functions';
import type { World } from '../world';

const sweepEveryMs = 15 * 60_000;

const maxCalmSweeps = 12;

const tenants = [...new Set(cast.map(({ tenant }) => tenant))];

/** Brings the books up to the log: woken when the log has grown, or by the sweep where a wake-up was lost. Runs may overlap. */
export function newBookkeeping(world: World): { wake(tenants: readonly string[]): Promise<void> } {
  const { scheduler, choices, oracle } = world;
  const projector: FunctionSpec<string, Projected> = {
    name: 'ledger-projector',
    limitMs: 60_000,
    build: ({ clients, ports }) => {
      const { clock, sleep } = ports;
      const ledgerPorts = {
        ...ports,
        heads: newDynamoAuditHeads({ client: clients.dynamodb, ...names, clock, sleep }),
        worm: newS3WormLog({ client: clients.s3, bucket: names.wormBucket, sleep }),
        store: newDynamoLedger({ client: clients.dynamodb, ...names }),
      };
      return async (tenant) => {
        const { live } = await ledgerPorts.store.generations(tenant);
        return projectLedger(ledgerPorts, tenant, live);
      };
    },
  };
  const invoke = world.functions.define(projector);
  let runs = 0;
  let calm = 0;

  const project = (tenant: string): void => {
    runs += 1;
    const run = `ledger-${String(runs)}`;
    invoke(run, tenant, {
      done: () => undefined,
      died: () => undefined,
      threw: (error) => {
        world.note(`${run} fails: ${error instanceof Error ? error.message : 'no error'}`);
        oracle.jury.check(
          !(error instanceof LedgerCorruption),
          'the product finds no fault in its books',
          () => tenant,
        );
      },
    });
  };

  let armed = false;
  const arm = (delayMs: number): void => {
    if (armed) return;
    armed = true;
    scheduler.after(delayMs, sweep);
  };
  const sweep = (): void => {
    armed = false;
    const behind = tenants.filter((tenant) => oracle.ledger.isBehind(tenant));
    for (const tenant of behind) project(tenant);
    calm += scheduler.healed ? 1 : 0;
    // As with the audit sweep: the idle runs of the schedule are left out.
    const isLeft = !scheduler.healed || behind.length > 0 || oracle.hasUnshipped();
    if (isLeft && calm < maxCalmSweeps) arm(sweepEveryMs);
  };
  arm(choices.integer(1_000, sweepEveryMs, 'first-ledger-sweep'));
  oracle.onCommit(() => {
    calm = 0;
    arm(sweepEveryMs);
  });

  return {
    wake: async (woken) => {
      for (const tenant of woken) {
        // A wake-up may be lost, or doubled.
        const copies = choices.pick([1, 1, 1, 2, 0], 'wake-ups', tenant, runs);
        for (let copy = 0; copy < copies; copy += 1) {
          scheduler.after(choices.integer(10, 2_000, 'wakes', tenant, runs, copy), () => project(tenant));
        }
      }
    },
  };
}
