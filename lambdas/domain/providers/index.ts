export { chooseConnection, type ChoiceRefusal } from './choose-connection';
export {
  changeConnection,
  replaceCredentials,
  type AccountDiffers,
  type Changed,
  type ConnectionAbsence,
} from './change-connection';
export { connectionEntity, connectionStream, type Connection, type ConnectionEvent } from './connection';
export { connectionInGate, type GateConnection } from './connection-gate';
export { connectionViews, presentConnection, type PresentedConnection } from './connection-views';
export {
  createConnection,
  type ConnectionPorts,
  type CreateConnection,
  type CreateConnectionRefusal,
} from './create-connection';
export { rotateWebhookSecret, type RotateRefusal } from './rotate-webhook-secret';
export { decideTestWebhook, testConnection, type TestConnectionPorts, type TestRefusal } from './test-connection';
export { webhookSetupOf } from './webhook-setup';
