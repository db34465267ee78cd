export { auditEventKind, commitAuditView, observationAuditView } from './audit-event';
export { AuditCorruption } from './errors';
export { byOwner } from './shipments';
export { shipCommits, type Shipment, type ShipPorts, type ShipReport } from './ship-commits';
export { sweepJournal, type SweepPorts, type SweepReport } from './sweep-journal';
