import type { Commit, Observation, Owner } from '../../../lambdas/kernel/journal';

export const acme: Owner = { tenant: 'ten_00000000000000000acme' };

/** A commit of which a test names only what matters. Its id sorts by `minute`. */
export function aCommit(given: {
  id?: string;
  kind?: string;
  version?: number;
  minute?: number;
  owner?: Owner;
  events?: Commit['events'];
}): Commit {
  const { id = 'pay_1', kind = 'payment', version = 1, minute = version, owner = acme } = given;
  return {
    stream: { owner, kind, id },
    version,
    commitId: `C${String(minute).padStart(6, '0')}-${kind}-${id}-${String(version)}`,
    at: new Date(Date.UTC(2026, 10, 22, 0, minute)).toISOString(),
    actor: { user: 'user-1', session: 'session-1', level: 'admin' },
    request: { id: 'request-1', ip: '192.0.2.1', route: 'payments.create' },
    command: { name: 'createPayment', key: 'key-1', fingerprint: 'fingerprint-1' },
    events: given.events ?? [{ type: 'Happened', data: { version } }],
    changes: [{ path: 'status', to: 'processing' }],
  };
}

export function anObservation(given: { id?: string; minute?: number; owner?: Owner; at?: string }): Observation {
  const { id = 'obs-1', minute = 0, owner = acme } = given;
  return {
    owner,
    commitId: `C${String(minute).padStart(6, '0')}-${id}`,
    at: given.at ?? new Date(Date.UTC(2026, 10, 22, 0, minute)).toISOString(),
    actor: { user: 'user-1', level: 'user' },
    request: { id: 'request-1', route: 'payments.create' },
    type: 'AccessRefused',
    outcome: 'refused',
    data: { reason: 'not-a-member' },
  };
}
