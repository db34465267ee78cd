import type { Clock } from '../../lambdas/kernel/clock';
import type { NewCommit, Observation, StreamId } from '../../lambdas/kernel/journal';

/** A clock that stands still until it is moved. */
export function aClock(startMs = Date.UTC(2026, 10, 22, 9)): Clock & { advance(ms: number): void; nowMs(): number } {
  let nowMs = startMs;
  return {
    now: () => new Date(nowMs),
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

let ids = 0;

/** A ULID-like id of its own. */
export function aCommitId(): string {
  ids += 1;
  return `01JDA${String(ids).padStart(21, '0')}`;
}

export function aTenant(): string {
  ids += 1;
  return `ten_${String(ids).padStart(20, '0')}`;
}

export function aStream(overrides: Partial<StreamId> = {}): StreamId {
  ids += 1;
  return { owner: { tenant: aTenant() }, kind: 'payment', id: `pay_${String(ids).padStart(20, '0')}`, ...overrides };
}

export function aCommit(stream: StreamId, version: number, overrides: Partial<NewCommit> = {}): NewCommit {
  return {
    stream,
    version,
    commitId: aCommitId(),
    at: '2026-11-22T09:00:00.000Z',
    actor: {
      user: '9c2f6d3e-7f0f-4f42-9d8f-0b9d5f0a6a11',
      session: '2f4f5f0e-1111-4222-8333-944445555666',
      level: 'admin',
    },
    request: { id: 'req-1', ip: '203.0.113.7', userAgent: 'curl/8.9.1', route: 'payments.create' },
    command: { name: 'CreatePayment', key: '0123456789abcdefghjkmnpqrs', fingerprint: 'zyxwvtsrqpnmkjhgfedcba9876' },
    events: [{ type: 'PaymentCreated', data: { amount: 1099, currency: 'USD' } }],
    changes: [{ path: 'status', to: 'processing' }],
    ...overrides,
  };
}

export function anObservation(overrides: Partial<Observation> = {}): Observation {
  return {
    owner: { tenant: aTenant() },
    commitId: aCommitId(),
    at: '2026-11-22T09:00:00.000Z',
    actor: { user: '9c2f6d3e-7f0f-4f42-9d8f-0b9d5f0a6a11', level: 'user' },
    request: { id: 'req-2', route: 'me.mfa.verify' },
    type: 'MfaFailed',
    outcome: 'failed',
    ...overrides,
  };
}
