import type { Choices } from './choices';
import type { Cloud } from './cloud/cloud';
import type { Functions } from './functions';
import type { Oracle } from './oracle';
import type { SimulatedProvider } from './provider';
import type { Scheduler } from './scheduler';
import type { Tampering } from './tampering';

/** Everything of one history, for those who act in it. */
export interface World {
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly cloud: Cloud;
  readonly provider: SimulatedProvider;
  readonly functions: Functions;
  readonly oracle: Oracle;
  readonly tampering: Tampering;
  note(text: string): void;
}
