import '../../support/function-env';
import { requestRedriveOfMany, type RunRedrivePorts } from '../../../lambdas/domain/webhooks';
import type { RedriveJob } from '../../../lambdas/domain/webhooks/ports';
import { newWebhookRedrive } from '../../../lambdas/handlers/webhook-redrive/handler';
import { portsOn, tenant } from '../../domain/payments/a-payment';
import { newMemoryLeases } from '../../support/memory-leases';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

const job: RedriveJob = { tenant, redriveId: 'whr_0000000000000000000a' };

const context = {
  actor: { user: 'user-1', level: 'owner' },
  request: { id: 'r', route: 'webhookEvents.redriveMany' },
  command: { name: 'webhookEvents.redriveMany', key: 'k' },
} as const;

async function aWorker() {
  let holds: (fence: number) => boolean = () => false;
  const store = newMemoryStore({ guardHolds: (_owner, { fence }) => holds(fence) });
  const ports = portsOn(store.journal);
  const leases = newMemoryLeases(ports.clock);
  holds = (fence) => leases.guardHolds({ lease: 'webhook-redrive', fence });
  const started: [RedriveJob, number | undefined][] = [];
  const delays: number[] = [];
  const jobs = { start: async (each: RedriveJob, delay?: number) => void started.push([each, delay]) };
  const selection = { type: 'events', ids: ['whe_0000000000000000000z'] } as const;
  await requestRedriveOfMany({ ...ports, jobs }, context, {
    ...job,
    selection: { ...selection, ids: [...selection.ids] },
  });
  started.length = 0;
  const portsOf = (): RunRedrivePorts => ({
    ...ports,
    leases,
    views: store.views,
    queue: { enqueue: async () => undefined },
  });
  const run = newWebhookRedrive({
    portsOf,
    jobs,
    visibility: { comeBackIn: async (_receipt, seconds) => void delays.push(seconds) },
    clock: ports.clock,
    randomness: ports.randomness,
    log: newMemoryTelemetry().log,
  });
  const record = (body: string) => ({
    Records: [{ messageId: 'm1', receiptHandle: 'r1', body, attributes: { ApproximateReceiveCount: '1' } }],
  });
  return {
    run: (body: object | string = job) => run(record(typeof body === 'string' ? body : JSON.stringify(body))),
    leases,
    started,
    delays,
    ports,
  };
}

const done = { batchItemFailures: [] };

describe('the worker of redrives', () => {
  test('does a job, gives its lease back, and finds a second message of it done', async () => {
    const { run, leases, started } = await aWorker();
    expect(await run()).toEqual(done);
    expect(await run()).toEqual(done);
    expect(started).toEqual([]);
    expect(await leases.acquire('webhook-redrive', 1)).toMatchObject({ fence: 3 });
  });

  test('waits for its turn at the end of the queue while another job of the tenant runs', async () => {
    const { run, leases, started } = await aWorker();
    await leases.acquire('webhook-redrive', 60_000);
    expect(await run()).toEqual(done);
    expect(started).toEqual([[job, 60]]);
  });

  test.each(['not json', '{}', { ...job, tenant: 'T#other' }, { ...job, redriveId: 'whr_0000000000000000000b' }])(
    'puts back what fails, later each time: %s',
    async (body) => {
      const { run, delays, leases } = await aWorker();
      expect(await run(body)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
      expect(delays).toEqual([10]);
      expect(await leases.acquire('webhook-redrive', 1)).toBeDefined();
    },
  );
});
