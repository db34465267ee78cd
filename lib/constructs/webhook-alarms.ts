import type { StageConfig } from '../config/stage-config';
import { ingestFailures, productMetric, queueAgeSeconds, queueDepth } from './metrics';
import type { AlarmDefinition } from './product-alarms';

/** Between providers and payments. */
export const webhookAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'webhooks-dlq',
    severity: 'critical',
    impact: 'Provider events were given up: payments of some tenant do not show what the provider did.',
    metric: queueDepth(config, 'webhooks-dlq'),
    threshold: 1,
  },
  {
    name: 'webhooks-behind',
    severity: 'warning',
    impact: 'Provider events are applied late: payments show an old status.',
    // The backoff of single events keeps them in flight, not waiting: what waits this long is a processor that does not keep up.
    metric: queueAgeSeconds(config, 'webhooks'),
    threshold: 900,
    periods: 5,
  },
  {
    name: 'webhook-ingest-errors',
    severity: 'critical',
    impact: 'Providers get errors for their webhooks and will stop sending if it lasts.',
    metric: ingestFailures(config),
    threshold: 3,
    periods: 3,
  },
  {
    name: 'webhook-malformed',
    severity: 'warning',
    impact: 'A genuine delivery of a provider, or a message made of one, cannot be read: its events reach no payment.',
    metric: productMetric(config, 'WebhookMalformed'),
    threshold: 1,
  },
  {
    name: 'webhook-signatures-rejected',
    severity: 'warning',
    impact: 'Webhooks with a wrong signature keep coming: a secret was rotated on one side only, or someone is trying.',
    metric: productMetric(config, 'WebhookSignatureRejected', 5),
    threshold: 20,
  },
  {
    name: 'webhook-redrives-dlq',
    severity: 'warning',
    impact:
      'A redrive of many webhook events failed, or the look through the dead letters did: what died may be unseen.',
    metric: queueDepth(config, 'webhook-redrives-dlq'),
    threshold: 1,
  },
  {
    name: 'webhook-dead',
    severity: 'warning',
    impact: 'An event was marked dead for its tenant; its Owner sees it among the webhook events and can redrive it.',
    metric: productMetric(config, 'WebhookDead'),
    threshold: 1,
  },
];
