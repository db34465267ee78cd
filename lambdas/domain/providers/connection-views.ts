import type { Head } from '../../kernel/entity';
import type { ViewWrite } from '../../kernel/journal';
import type { Connection, CredentialsResult, TestFailure } from './connection';

/** As the API shows it, but for addresses, which are the stage's; `routes/connections.ts` documents the same shape. */
export interface PresentedConnection {
  readonly id: string;
  readonly tenantId: string;
  readonly provider: Connection['provider'];
  readonly displayName: string;
  readonly status: Connection['status'];
  readonly failureReason?: NonNullable<Connection['failure']>;
  readonly webhooks: {
    readonly registration: 'registered' | 'manual';
    readonly signing: 'ready' | 'missing';
    readonly rotatedAt: string | null;
    /** Until then what is signed under the secret before is believed as well. */
    readonly previousSecretUntil: string | null;
  };
  readonly health: {
    readonly credentials: { readonly result: CredentialsResult; readonly checkedAt: string } | null;
    readonly subscription: {
      readonly registered: boolean;
      readonly enabled: boolean;
      readonly missingEvents: string[];
      readonly checkedAt: string;
    } | null;
    readonly webhookTest: {
      readonly testId: string;
      readonly requestedAt: string;
      readonly passedAt: string | null;
      readonly failure: TestFailure | null;
    } | null;
    /** Since when a change waits to be completed by its repetition. */
    readonly unfinishedSince: string | null;
  };
  readonly createdAt: string;
  readonly version: number;
}

export function presentConnection(connection: Connection, version: number): PresentedConnection {
  const { id, tenant, provider, displayName, status, failure, webhooks, createdAt, work, unfinishedSince } = connection;
  const { credentials, subscription, test } = connection;
  return {
    id,
    tenantId: tenant,
    provider,
    displayName,
    status,
    ...(failure === undefined ? {} : { failureReason: failure }),
    webhooks: {
      registration: webhooks.registration,
      signing: webhooks.signing,
      rotatedAt: webhooks.rotatedAt ?? null,
      previousSecretUntil: webhooks.previousUntil ?? null,
    },
    health: {
      credentials: credentials === undefined ? null : { result: credentials.result, checkedAt: credentials.checkedAt },
      subscription:
        subscription === undefined ? null : { ...subscription, missingEvents: [...subscription.missingEvents] },
      webhookTest:
        test === undefined
          ? null
          : {
              testId: test.testId,
              requestedAt: test.requestedAt,
              passedAt: test.passedAt ?? null,
              failure: test.failure ?? null,
            },
      unfinishedSince: work?.since ?? unfinishedSince ?? null,
    },
    createdAt,
    version,
  };
}

/** The record in the tenant's list. */
export function connectionViews(connection: Connection, head: Head): readonly ViewWrite[] {
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: presentConnection(connection, head.version),
      listed: { at: connection.createdAt },
    },
  ];
}
