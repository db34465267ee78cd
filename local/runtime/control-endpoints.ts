import type { LocalCloud } from '../local-cloud';
import type { ControlHandler } from '../front-door/control';
import { numberOf, textOf } from '../front-door/json';

/** The control endpoints of the runtime; local/front-door/contract.ts describes them. */
export function controlEndpoints(cloud: () => LocalCloud): Readonly<Record<string, ControlHandler>> {
  return {
    invoke: ({ body }) => cloud().invoke(needed(body['functionName'], 'functionName'), objectOf(body['payload'])),
    kill: ({ body }) => cloud().kill(needed(body['functionName'], 'functionName')),
    tick: ({ body }) => cloud().tick(textOf(body['schedule'])),
    idle: ({ body }) => cloud().idle(numberOf(body['timeoutMs']) ?? 10_000),
    alarms: () => cloud().evaluateAlarms(),
    outbox: () => cloud().outbox.mails(),
    logs({ query }) {
      const functionName = query.get('function');
      const contains = query.get('contains');
      const invocationId = query.get('invocation');
      return cloud().logs({
        ...(functionName === null ? {} : { functionName }),
        ...(contains === null ? {} : { contains }),
        ...(invocationId === null ? {} : { invocationId }),
      });
    },
  };
}

function needed(value: unknown, name: string): string {
  const text = textOf(value);
  if (text === undefined) throw new Error(`${name} is missing`);
  return text;
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
