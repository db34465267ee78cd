import type {
  AccountDiffers,
  ConnectionAbsence,
  CreateConnectionRefusal,
  RotateRefusal,
  TestRefusal,
} from '../../domain/providers';
import type { ConnectRefusal } from '../../domain/providers/provider';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';

type Refusal = CreateConnectionRefusal | ConnectionAbsence | RotateRefusal | TestRefusal | AccountDiffers;

export const notOffered: Problem = refused('provider-not-available', 'This provider is not available here.');

export const wrongMode: Problem = refused(
  'credentials-of-wrong-mode',
  'Test credentials belong into a test stage, and live ones into a live stage.',
);

export const otherProvider: Problem = refused(
  'credentials-malformed',
  'These are not credentials of the provider of this connection.',
);

export const secretMalformed: Problem = refused(
  'webhook-secret-malformed',
  'This is not what the provider of this connection gives to check webhooks against.',
);

export function problemOf(refusal: Refusal): Problem {
  if (typeof refusal === 'string') return providerProblem(refusal);
  switch (refusal.reason) {
    case 'connection-not-found':
      return notFound;
    case 'connection-not-ready':
      return refused(refusal.reason, 'The connection has not come to be: it is pending, or the provider refused it.');
    case 'connection-not-active':
      return refused(refusal.reason, 'A disabled connection takes no webhooks, so it cannot be tested.');
    case 'account-differs':
      return refused(
        refusal.reason,
        'These credentials open another account of the provider: make another connection for it.',
      );
    case 'webhook-secret-needed':
      return refused(
        refusal.reason,
        'This provider draws what webhooks are checked against: renew it there, and send it as `webhookSecret`.',
      );
    case 'in-progress':
      return {
        slug: 'in-progress',
        detail: 'Another request is changing this connection. Send this one again.',
        retryAfterSeconds: refusal.retryAfterSeconds,
      };
    default:
      return commandProblem(refusal);
  }
}

function providerProblem(refusal: ConnectRefusal): Problem {
  switch (refusal) {
    case 'credentials-refused':
      return refused(refusal, 'The provider does not accept these credentials.');
    case 'provider-unreachable':
      return { slug: 'unavailable', retryAfterSeconds: 5 };
  }
}

function refused(reason: string, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason } };
}
