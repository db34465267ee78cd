import type { AuditHeads, WormLog } from '../lambdas/domain/audit/ports';
import type { WebhookReaders } from '../lambdas/domain/providers/ports';
import type { Provider } from '../lambdas/domain/providers/provider';
import type { Journal } from '../lambdas/kernel/journal';

/** A bug planted from outside, in place of a port of the product: tests show that the invariants notice it. */
export interface Tampering {
  journal?(journal: Journal): Journal;
  provider?(provider: Provider): Provider;
  readers?(readers: WebhookReaders): WebhookReaders;
  audit?(ports: AuditStores): AuditStores;
}

export interface AuditStores {
  readonly worm: WormLog;
  readonly heads: AuditHeads;
}
