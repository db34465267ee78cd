import { sqsClient } from '../../adapters/clients';
import { newSqsLedgerWaker } from '../../adapters/sqs/sqs-ledger-waker';
import type { LedgerStore, LedgerWaker, ProjectLedgerPorts } from '../../domain/ledger';
import { systemSleep } from '../../kernel/clock';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { bindProjection } from '../ledger-dependencies';
import { readConfig } from './config';

export interface LedgerProjectorDependencies extends ProjectLedgerPorts {
  readonly store: Pick<LedgerStore, 'books' | 'post' | 'generations'>;
  readonly waker: LedgerWaker;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): LedgerProjectorDependencies {
  const config = readConfig();
  return {
    ...bindProjection(config),
    waker: newSqsLedgerWaker({ client: sqsClient(), queueUrl: config.ledgerQueueUrl, sleep: systemSleep }),
    log: newLog(),
    metrics: newMetrics(),
  };
}
