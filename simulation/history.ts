import './function-env';
import { toItem } from '../lambdas/adapters/dynamodb/attribute-values';
import { viewToWrite } from '../lambdas/adapters/dynamodb/view-codec';
import { gateOf, memberOf } from '../lambdas/kernel/views';
import { newAuditing } from './actors/auditing';
import { newBookkeeping } from './actors/bookkeeping';
import { newDeliveries } from './actors/deliveries';
import { startJobs } from './actors/jobs';
import { startMerchants } from './actors/merchants';
import { planOf } from './actors/plan';
import { newProcessing } from './actors/processing';
import { startResolving } from './actors/resolving';
import { startSweeping } from './actors/sweeping';
import { cast, member } from './cast';
import { newChoices } from './choices';
import { names, newCloud } from './cloud/cloud';
import type { Cloud } from './cloud/cloud';
import type { FaultSite } from './faults';
import { faultsAt, faultsByChance } from './faults';
import { newFunctions } from './functions';
import { newJury } from './invariants/violation';
import type { Violation } from './invariants/violation';
import { newOracle } from './oracle';
import { newSimulatedProvider } from './provider';
import { isSilentAbout } from './silence';
import { Scheduler, settled } from './scheduler';
import type { Tampering } from './tampering';
import { newTrace, noTrace } from './trace';
import type { World } from './world';

export interface HistoryOptions {
  readonly seed: number;
  /** Outside calls after which the history is broken off, before it has come to rest. */
  readonly steps?: number;
  /** Only these commands of the plan; all without it. */
  readonly commands?: ReadonlySet<number>;
  /** Exactly these faults; faults by chance without it. */
  readonly faults?: ReadonlySet<string>;
  readonly tampering?: Tampering;
  /** Whether to keep a line of every step. */
  readonly traced?: boolean;
}

export interface History {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly steps: number;
  readonly commands: readonly number[];
  readonly faults: readonly FaultSite[];
  readonly effects: number;
  readonly commits: number;
  /** Operations that a person said the outcome of. */
  readonly attested: number;
  readonly checks: number;
  /** Whether everything had come to rest and the final checks were made. */
  readonly complete: boolean;
  readonly trace: readonly string[];
}

/** Ten times the longest history seen: whoever comes here runs in circles. */
const maxSteps = 10_000;

const startMs = Date.parse('2026-01-31T12:00:00.000Z');

/** One history, from the first command to the moment at which nothing is left to happen. The same options give the same history. */
export async function runHistory(options: HistoryOptions): Promise<History> {
  const { seed, steps = maxSteps, tampering = {} } = options;
  const choices = newChoices(seed);
  const trace = options.traced === true ? newTrace(startMs) : noTrace;
  const jury = newJury();
  const plan = planOf(choices);
  const wanted = plan.filter(({ index }) => options.commands?.has(index) ?? true);
  const faults = options.faults === undefined ? faultsByChance(choices) : faultsAt(options.faults);
  const scheduler = new Scheduler(startMs, choices, faults, trace);
  const { clock } = scheduler;
  const note = (text: string): void => trace.note(clock.now().getTime(), () => text);
  let effects = 0;

  // Cloud, provider and oracle know of each other: what changes in one is seen by the others at once.
  const after: {
    grew: (item: Parameters<ReturnType<typeof newAuditing>['journalGrew']>[0]) => void;
    sent: () => void;
    news: ReturnType<typeof newDeliveries>;
  } = {
    grew: () => undefined,
    sent: () => undefined,
    news: () => undefined,
  };
  const cloud: Cloud = newCloud({
    nowMs: () => clock.now().getTime(),
    choices,
    onChange: (table, before, item) => {
      oracle.changed(table, before, item);
      if (table === names.journalTable && item !== undefined) after.grew(item);
    },
    onSent: (body) => {
      oracle.webhooks.enqueued(body);
      after.sent();
    },
  });
  const provider = newSimulatedProvider(clock, {
    isSilentAbout: (operationId) => isSilentAbout(choices, operationId),
    onEffect: (_connected, payment, effect) => {
      effects += 1;
      note(`the provider moves money: ${effect.kind} of ${String(effect.amount)} for ${effect.operationId}`);
      oracle.payments.effect(payment, effect);
    },
    onNews: (connected, event, delaySeconds) => after.news(connected, event, delaySeconds),
  });
  const oracle = newOracle(jury, {
    cloud: () => cloud,
    truth: { operation: (id) => provider.operation(id), now: () => clock.now() },
  });
  const functions = newFunctions({ scheduler, cloud, provider, choices, tampering });
  const world: World = { scheduler, choices, cloud, provider, functions, oracle, tampering, note };

  openTheGates(cloud);
  const auditing = newAuditing(world, newBookkeeping(world));
  const processing = newProcessing(world);
  after.grew = (item) => auditing.journalGrew(item);
  after.sent = () => processing.messageSent();
  after.news = newDeliveries(world);
  startSweeping(world);
  startResolving(world);
  startJobs(world);
  startMerchants(world, wanted);
  scheduler.healAt(startMs + choices.integer(30_000, choices.pick([120_000, 900_000, 7_200_000], 'troubles'), 'heals'));

  let running = true;
  try {
    await settled();
    while (running && jury.verdict === undefined && scheduler.steps < steps) running = await scheduler.step();
    if (jury.verdict === undefined && !running) oracle.atRest();
    if (running)
      jury.check(
        steps < maxSteps || scheduler.steps < maxSteps,
        'everything comes to rest',
        () => `after ${String(maxSteps)} steps it has not`,
      );
  } catch (error) {
    jury.check(false, 'the simulation understands what happens', () =>
      error instanceof Error ? (error.stack ?? error.message) : 'no error',
    );
  } finally {
    functions.close();
  }
  return {
    seed,
    violation: jury.verdict,
    steps: scheduler.steps,
    commands: wanted.map(({ index }) => index),
    faults: scheduler.injected,
    effects,
    commits: oracle.commits,
    attested: oracle.payments.attested,
    checks: jury.checks,
    complete: !running,
    trace: trace.lines,
  };
}

/** What provisioning has left behind: tenants with their active connections and a member. No trail of it is needed here. */
function openTheGates(cloud: Cloud): void {
  for (const { tenant, connectionId } of cast) {
    const data = { provider: 'sandbox', status: 'active', displayName: 'Simulated' };
    const write = viewToWrite(
      names.viewsTable,
      { type: 'slot', entity: gateOf(tenant), slot: `connection#${connectionId}`, version: 1, data },
      '<',
    );
    if ('Update' in write) {
      cloud.answer({
        service: 'dynamodb',
        operation: 'UpdateItem',
        path: '/',
        method: 'POST',
        headers: {},
        body: JSON.stringify(write.Update),
      });
    }
    const record = { ...toItem({ pk: `T#${tenant}#member#${member}`, sk: 'view', v: 1, d: { role: 'owner' } }) };
    const { owner } = memberOf(tenant, member);
    if (owner !== 'platform') cloud.tables.change({ type: 'Put', TableName: names.viewsTable, Item: record });
  }
}
