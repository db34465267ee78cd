import fc from 'fast-check';

import { projectStream } from '../../../lambdas/domain/projections';
import {
  applyWebhook,
  noteFailure,
  requestRedriveOfMany,
  runRedrive,
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
  webhookRedriveEntity,
  webhookRedriveStream,
} from '../../../lambdas/domain/webhooks';
import type { RedriveSelection, RunRedrivePorts } from '../../../lambdas/domain/webhooks';
import type { RedriveJob, WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import type { CommandContext } from '../../../lambdas/kernel/command';
import { fold } from '../../../lambdas/kernel/entity';
import { streamName } from '../../../lambdas/kernel/journal';
import { portsOn, tenant } from '../payments/a-payment';
import { newMemoryLeases } from '../../support/memory-leases';
import { newMemoryStore } from '../../support/memory-journal';
import { aWebhook } from './a-webhook';

const job: RedriveJob = { tenant, redriveId: 'whr_0000000000000000000a' };
const connectionB = 'con_0000000000000000000b';
const later = '2099-01-01T00:00:00.000Z';

const context: CommandContext = {
  actor: { user: 'user-1', session: 'session-1', level: 'owner' },
  request: { id: 'request-1', ip: '198.51.100.1', route: 'webhookEvents.redriveDead' },
  command: { name: 'webhookEvents.redriveDead', key: 'key-1' },
};

/** A tenant with dead events, a job over them, and workers that may crash at any call. */
async function anOffice(dead: number, selection: RedriveSelection) {
  let calls = 0;
  let crashAt = Infinity;
  /** Before or after the effect of a call, as the parity of its number has it. */
  const crashing = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      calls += 1;
      const dies = calls === crashAt;
      if (dies && calls % 2 === 0) throw new Error('crashed before');
      const result = await work(...args);
      if (dies) throw new Error('crashed after');
      return result;
    };
  };
  let guardHolds: (fence: number) => boolean = () => false;
  const store = newMemoryStore({ guardHolds: (_owner, guard) => guardHolds(guard.fence) });
  const ports = portsOn(store.journal);
  const leases = newMemoryLeases(ports.clock);
  guardHolds = (fence) => leases.guardHolds({ lease: 'webhook-redrive', fence });
  const queued: WebhookMessage[] = [];
  const messages = Array.from({ length: dead }, (_, index) =>
    aWebhook({ eventKey: `evt_${String(index)}`, ...(index % 3 === 0 ? { connection: connectionB } : {}) }),
  );
  for (const message of messages) await noteFailure(ports, message, new Error('down'), { fate: 'dead' });
  const project = async () => {
    const streams = new Map(store.commits.map(({ stream }) => [streamName(stream), stream]));
    for (const stream of streams.values()) {
      await store.viewWriter.write(projectStream(stream, await store.journal.read(stream)));
    }
  };
  await project();
  const jobs = { start: async () => undefined };
  await requestRedriveOfMany({ ...ports, jobs }, context, { ...job, selection });

  const workerPorts: RunRedrivePorts = {
    ...ports,
    journal: { ...store.journal, read: crashing(store.journal.read), append: crashing(store.journal.append) },
    views: { list: crashing(store.views.list) },
    leases: {
      acquire: crashing(leases.acquire),
      heartbeat: crashing(leases.heartbeat),
      release: crashing(leases.release),
    },
    queue: { enqueue: crashing(async (sent) => void queued.push(...sent)) },
  };
  return {
    store,
    ports,
    leases,
    messages,
    queued,
    project,
    workerPorts,
    /** A worker's life: it may end at its nth call. */
    run: async (crash = Infinity) => {
      calls = 0;
      crashAt = crash;
      return runRedrive(workerPorts, job, ports.clock.now().getTime() + 60_000).catch(() => 'crashed' as const);
    },
    state: async () =>
      fold(webhookRedriveEntity, await store.journal.read(webhookRedriveStream(tenant, job.redriveId))).state,
    redrivesOf: async ({ connectionId, event }: WebhookMessage) => {
      const id = webhookEventId(tenant, connectionId, event.eventKey);
      const commits = await store.journal.read(webhookEventStream(tenant, id));
      return {
        state: fold(webhookEventEntity, commits).state,
        redrives: commits.flatMap(({ events }) => events.filter(({ type }) => type === 'RedriveRequested')).length,
      };
    },
  };
}

const allDead: RedriveSelection = { type: 'dead', receivedBefore: later };

describe('a redrive of all dead events', () => {
  test('puts each back once, page by page, in the name of who asked', async () => {
    const office = await anOffice(60, allDead);
    expect(await office.run()).toBe('done');
    expect(new Set(office.queued.map(({ event }) => event.eventKey)).size).toBe(60);
    expect(office.queued).toHaveLength(60);
    expect(await office.state()).toMatchObject({ status: 'done', redriven: 60, skipped: 0 });
    const asked = office.store.commits.filter(({ events }) => events.some(({ type }) => type === 'RedriveRequested'));
    expect(new Set(asked.map(({ actor, request }) => `${actor.user} ${String(request.ip)} ${request.id}`))).toEqual(
      new Set(['user-1 198.51.100.1 request-1']),
    );
  });

  test('takes one connection alone, and what was received before a moment alone', async () => {
    const ofB = await anOffice(30, { ...allDead, connectionId: connectionB });
    await ofB.run();
    expect(ofB.queued.map(({ connectionId }) => connectionId)).toEqual(Array(10).fill(connectionB));
    const none = await anOffice(30, { type: 'dead', receivedBefore: '2026-01-31T12:00:06.000Z' });
    expect(await none.run()).toBe('done');
    expect(none.queued).toEqual([]);
  });

  test('whatever call its workers die at, ends with every event redriven, and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 }), async (crashes) => {
        const office = await anOffice(30, allDead);
        for (const crash of crashes) {
          await office.run(crash);
          // The projector sees what was put back, and the list of dead events no longer holds it.
          await office.project();
          office.ports.advance(60_000);
        }
        expect(await office.run()).toBe('done');
        expect(new Set(office.queued.map(({ event }) => event.eventKey)).size).toBe(30);
        for (const message of office.messages) {
          expect(await office.redrivesOf(message)).toMatchObject({ redrives: 1, state: { redrive: job.redriveId } });
        }
        expect(await office.state()).toMatchObject({ status: 'done', redriven: 30 });
        // Messages may be there twice; what they say is done once.
        const done = [];
        for (const message of office.queued) done.push(await applyWebhook(office.ports, message));
        expect(done.filter(({ duplicate }) => !duplicate)).toHaveLength(30);
      }),
      { numRuns: 10 },
    );
  });

  test('does not put back again what dies again meanwhile', async () => {
    const office = await anOffice(30, allDead);
    await office.run(70);
    for (const message of office.queued) await noteFailure(office.ports, message, new Error('still'), { fate: 'dead' });
    await office.project();
    office.ports.advance(60_000);
    expect(await office.run()).toBe('done');
    for (const message of office.messages) expect(await office.redrivesOf(message)).toMatchObject({ redrives: 1 });
  });

  test('is done by one worker at a time; one that was replaced can write nothing any more', async () => {
    const office = await anOffice(30, allDead);
    const { queue } = office.workerPorts;
    let replaced: string | undefined;
    const paused: RunRedrivePorts = {
      ...office.workerPorts,
      queue: {
        enqueue: async (messages) => {
          if (replaced === undefined) {
            replaced = 'at this moment';
            expect(await office.run()).toBe('busy');
            // It sleeps past its lease, and another does all of the work.
            office.ports.advance(60_000);
            replaced = await office.run();
          }
          await queue.enqueue(messages);
        },
      },
    };
    let written = 0;
    const { run } = office;
    office.run = async () => {
      const outcome = await run();
      written = office.store.commits.length;
      return outcome;
    };
    expect(await runRedrive(paused, job, Infinity)).toBe('busy');
    expect(replaced).toBe('done');
    expect(office.store.commits).toHaveLength(written);
    for (const message of office.messages) expect(await office.redrivesOf(message)).toMatchObject({ redrives: 1 });
  });

  test('stops when its time is over, and goes on from there', async () => {
    const office = await anOffice(60, allDead);
    const now = office.ports.clock.now().getTime();
    expect(await runRedrive(office.workerPorts, job, now)).toBe('unfinished');
    expect(await office.run()).toBe('done');
  });

  test('that nobody asked for is none', async () => {
    const office = await anOffice(0, allDead);
    const other = { tenant, redriveId: 'whr_0000000000000000000b' };
    await expect(runRedrive(office.workerPorts, other, Infinity)).rejects.toThrow('nobody asked for');
    expect(await office.run()).toBe('done');
  });
});
