export { chooseConnection, type ChoiceRefusal } from './choose-connection';
export {
  connectionEntity,
  connectionInGate,
  connectionStream,
  connectionViews,
  type Connection,
  type ConnectionEvent,
  type GateConnection,
} from './connection';
export { createConnection, type CreateConnection, type CreateConnectionPorts } from './create-connection';
