import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoLeases } from '../../lambdas/adapters/dynamodb/dynamo-leases';
import type { Journal, StreamId } from '../../lambdas/kernel/journal';
import type { Lease, Leases } from '../../lambdas/kernel/lease';
import { aCommit } from './a-commit';
import type { ScriptedDynamo } from './scripted-dynamo';

const owner = { tenant: 'ten_0000000000000000000a' };
const leaseName = 'job';
const ttlMs = 1_000;

/** What is asked of the store, with all that decides about it. */
export type Asked =
  | { readonly op: 'acquire'; readonly nonce: string; readonly nowMs: number }
  | { readonly op: 'heartbeat'; readonly nonce: string; readonly untilMs: number }
  | { readonly op: 'release'; readonly nonce: string }
  | { readonly op: 'write'; readonly id: string; readonly fence: number };

/** The fence that was given, or was held; `false` for a refusal; `true` for anything else that was done. */
export type Answered = number | boolean;

/**
 * One sending of a request. It may take effect at any moment from `sentAt` on; where it was answered, until `answeredAt`. What was never
 * answered may have had its effect, or have it much later, or never.
 */
export interface Sending {
  readonly asked: Asked;
  readonly sentAt: number;
  answeredAt: number;
  answer?: Answered;
}

export const leaseMs = ttlMs;

/** Workers over one lease, and all that passed between them and the store, in virtual time. */
export async function recordHistory(seed: number, store: ScriptedDynamo): Promise<readonly Sending[]> {
  const random = newRandom(seed);
  const upTo = (most: number): number => Math.floor(random() * most);
  const world = newVirtualTime();
  const history: Sending[] = [];

  const worker = async (name: number): Promise<void> => {
    const skewMs = upTo(1_200) - 600;
    let nonces = 0;
    let sendings: Sending[] = [];
    let asked: Asked | undefined;
    const clock = { now: () => new Date(1_000_000 + world.nowMs() + skewMs) };

    /** The network and the SDK's retries: requests and answers are lost, and what was thought lost arrives late. */
    const send = async (apply: () => object): Promise<object> => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const sending: Sending = { asked: asked!, sentAt: world.nowMs(), answeredAt: Infinity };
        history.push(sending);
        sendings.push(sending);
        const fate = random();
        if (fate < 0.8) {
          await world.pass(1 + upTo(60));
          const outcome = attemptOf(apply);
          await world.pass(1 + upTo(60));
          sending.answeredAt = world.nowMs();
          if ('error' in outcome) throw outcome.error;
          return outcome.value;
        }
        if (fate < 0.9) world.later(1 + upTo(100), () => void attemptOf(apply));
        else if (fate < 0.95) world.later(300 + upTo(2_000), () => void attemptOf(apply));
        await world.pass(200);
      }
      throw new Error('timed out');
    };
    const client = store.client(send);
    const randomness = {
      bytes: (count: number) => {
        nonces += 1;
        return Uint8Array.from({ length: count }, (_, index) => (index === 0 ? name : nonces));
      },
    };
    const leases: Leases = newDynamoLeases({ client, coordinationTable: 'c', owner, clock, randomness });
    const journal: Journal = newDynamoJournal({ client, journalTable: 'j', viewsTable: 'v', coordinationTable: 'c' });

    /** Notes what was asked, then how the last sending was answered; undefined when nobody knows what became of it. */
    const noted = async <T>(
      what: Asked,
      work: () => Promise<T>,
      answerOf: (value: T) => Answered,
    ): Promise<T | undefined> => {
      asked = what;
      sendings = [];
      try {
        const value = await work();
        sendings.at(-1)!.answer = answerOf(value);
        return value;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'timed out') throw error;
        return undefined;
      }
    };

    const acquire = (): Promise<Lease | undefined> => {
      const nonce = Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? name : nonces + 1))).toString(
        'base64url',
      );
      const nowMs = clock.now().getTime();
      return noted(
        { op: 'acquire', nonce, nowMs },
        () => leases.acquire(leaseName, ttlMs),
        (lease) => lease?.fence ?? false,
      );
    };
    const heartbeat = (lease: Lease): Promise<Lease | undefined> => {
      const untilMs = clock.now().getTime() + ttlMs;
      return noted(
        { op: 'heartbeat', nonce: lease.nonce, untilMs },
        () => leases.heartbeat(lease, ttlMs),
        (kept) => kept !== undefined,
      );
    };
    const release = (lease: Lease) =>
      noted(
        { op: 'release', nonce: lease.nonce },
        () => leases.release(lease),
        () => true,
      );
    let writes = 0;
    const write = (lease: Lease) => {
      writes += 1;
      const id = `w${String(name)}-${String(writes)}`;
      const stream: StreamId = { owner, kind: 'webhook-redrive', id };
      const guards = [{ lease: leaseName, fence: lease.fence }];
      return noted(
        { op: 'write', id, fence: lease.fence },
        () => journal.append([aCommit(stream, 1)], { guards }),
        ({ ok }) => ok,
      );
    };

    await world.pass(upTo(400));
    for (let round = 0; round < 2; round += 1) {
      const lease = await acquire();
      if (lease === undefined) {
        await world.pass(upTo(1_500));
        continue;
      }
      if (random() < 0.2) await world.pass(upTo(3_000));
      await write(lease);
      if (random() < 0.5) await heartbeat(lease);
      if (random() < 0.3) await world.pass(upTo(3_000));
      if (random() < 0.5) await write(lease);
      // It crashes, and gives nothing back.
      if (random() < 0.2) return;
      await release(lease);
      if (random() < 0.3) await heartbeat(lease);
    }
  };

  await world.run([1, 2, 3].map((name) => () => worker(name)));
  return history;
}

function attemptOf(apply: () => object): { readonly value: object } | { readonly error: unknown } {
  try {
    return { value: apply() };
  } catch (error) {
    return { error };
  }
}

/** Time that passes when everybody waits. */
function newVirtualTime() {
  const waiting: { readonly at: number; readonly order: number; readonly wake: () => void }[] = [];
  let now = 0;
  let order = 0;
  const later = (ms: number, wake: () => void): void => {
    order += 1;
    waiting.push({ at: now + ms, order, wake });
    waiting.sort((a, b) => a.at - b.at || a.order - b.order);
  };
  return {
    nowMs: () => now,
    later,
    pass: (ms: number) => new Promise<void>((resolve) => later(ms, resolve)),
    run: async (workers: readonly (() => Promise<void>)[]): Promise<void> => {
      const running = Promise.all(workers.map((work) => work()));
      for (;;) {
        // What was woken goes on until it waits again.
        for (let turn = 0; turn < 25; turn += 1) await Promise.resolve();
        const next = waiting.shift();
        if (next === undefined) break;
        now = next.at;
        next.wake();
      }
      await running;
    },
  };
}

/** mulberry32: small, seeded, good enough to choose by. */
function newRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
