export type { AttemptGate, StepUp, StepUps, TotpCounters } from './ports';
