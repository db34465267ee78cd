import type { RebuildLedgerPorts } from '../../domain/ledger';
import type { Clock } from '../../kernel/clock';
import { systemClock } from '../../kernel/clock';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import { bindProjection } from '../ledger-dependencies';
import { readConfig } from './config';

export interface RebuildLedgerDependencies extends RebuildLedgerPorts {
  readonly clock: Clock;
  readonly log: Log;
}

export function bindDependencies(): RebuildLedgerDependencies {
  return { ...bindProjection(readConfig()), clock: systemClock, log: newLog() };
}
