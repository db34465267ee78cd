import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { ViewSlots } from '../../kernel/views';
import { connectionInGate, connectionsInGate } from './connection-gate';
import type { GateConnection } from './connection-gate';

export type ChoiceRefusal = 'no-connection' | 'connection-not-found' | 'connection-disabled' | 'connection-not-named';

/** The connection that a payment goes through: the one named, or the only active one. */
export function chooseConnection(gate: ViewSlots, named: string | undefined): Result<GateConnection, ChoiceRefusal> {
  if (named !== undefined) {
    const connection = connectionInGate(gate, named);
    if (connection === undefined) return err('connection-not-found');
    return connection.status === 'active' ? ok(connection) : err('connection-disabled');
  }
  const [only, another] = connectionsInGate(gate).filter(({ status }) => status === 'active');
  if (only === undefined) return err('no-connection');
  return another === undefined ? ok(only) : err('connection-not-named');
}
