import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SnsService } from '../services/sns';
import type { SqsService } from '../services/sqs';
import type { LocalClock } from './clock';
import { controlPrefix, type FaultRule } from './contract';
import type { CallCounter } from './counting';
import type { Denials } from './denials';
import type { Faults } from './faults';
import { numberOf, parseRecord, textOf, type JsonRecord } from './json';
import type { WrittenTexts } from './written';

/** A request to a control endpoint, e.g. `POST /_local/invoke`. */
export interface ControlRequest {
  readonly method: string;
  /** Path parts after `/_local/<name>/`. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly body: JsonRecord;
}

/** Answers a control request; `undefined` becomes 204, anything else JSON. */
export type ControlHandler = (request: ControlRequest) => unknown;

export interface ControlParts {
  readonly counter: CallCounter;
  readonly faults: Faults;
  readonly denials: Denials;
  readonly written: WrittenTexts;
  readonly clock: LocalClock;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly extra: Readonly<Record<string, ControlHandler>>;
}

/** The control endpoints of contract.ts; those of the runtime come in as `extra` and win over ours of the same name. */
export function newControl(
  parts: ControlParts,
): (request: IncomingMessage, response: ServerResponse, body: Buffer) => Promise<void> {
  const handlers: Readonly<Record<string, ControlHandler>> = {
    calls({ query }) {
      const since = query.get('since');
      const invocation = query.get('invocation');
      const functionName = query.get('function');
      return parts.counter.calls({
        ...(since === null ? {} : { since: Number(since) }),
        ...(invocation === null ? {} : { invocation }),
        ...(functionName === null ? {} : { functionName }),
      });
    },
    faults({ method, rest, body }) {
      if (method === 'POST') {
        parts.faults.add(faultRuleFrom(body));
        return undefined;
      }
      if (method === 'DELETE') {
        parts.faults.remove(rest[0]);
        return undefined;
      }
      return parts.faults.list();
    },
    deny({ method, rest, body }) {
      if (method === 'POST') {
        const resource = textOf(body['resource']);
        const { id } = parts.denials.add({
          functionName: required(body, 'functionName'),
          action: required(body, 'action'),
          ...(resource === undefined ? {} : { resource }),
        });
        return { id };
      }
      if (method === 'DELETE') {
        parts.denials.remove(rest[0]);
        return undefined;
      }
      return parts.denials.list();
    },
    notifications: () => parts.sns.notifications(),
    writes: () => parts.written.all(),
    clock({ body }) {
      parts.clock.advance(numberOf(body['advanceMs']) ?? 0);
      return { now: new Date(parts.clock.nowMs()).toISOString() };
    },
    deliveries({ body }) {
      const seed = numberOf(body['seed']);
      const duplicateProbability = numberOf(body['duplicateProbability']);
      parts.sqs.misdeliver(required(body, 'queueName'), {
        shuffle: body['shuffle'] === true,
        ...(duplicateProbability === undefined ? {} : { duplicateProbability }),
        ...(seed === undefined ? {} : { seed }),
      });
      return undefined;
    },
    queues: () => parts.sqs.queueNames().map((name) => ({ name, ...parts.sqs.depth(name) })),
    ...parts.extra,
  };

  return async (request, response, body) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [name = '', ...rest] = url.pathname.slice(controlPrefix.length).split('/').map(decodeURIComponent);
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    try {
      if (handler === undefined) {
        send(response, 404, { error: `no control endpoint ${name}` });
        return;
      }
      const method = request.method ?? 'GET';
      const answer: unknown = await handler({ method, rest, query: url.searchParams, body: parseRecord(body) });
      send(response, answer === undefined ? 204 : 200, answer);
    } catch (error) {
      send(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(answer === undefined ? undefined : JSON.stringify(answer));
}

function required(body: JsonRecord, name: string): string {
  const value = textOf(body[name]);
  if (value === undefined) {
    throw new Error(`${name} is missing`);
  }
  return value;
}

const faultKinds = [
  'throttle',
  'error',
  'timeout-before',
  'timeout-after',
  'delay',
  'kill-before',
  'kill-after',
] as const;

function faultRuleFrom(body: JsonRecord): FaultRule {
  const kind = faultKinds.find((each) => each === body['kind']);
  if (kind === undefined) {
    throw new Error(`kind must be one of ${faultKinds.join(', ')}`);
  }
  const texts: Record<string, string> = {};
  const numbers: Record<string, number> = {};
  for (const name of ['functionName', 'service', 'action', 'bodyIncludes']) {
    const value = textOf(body[name]);
    if (value !== undefined) {
      texts[name] = value;
    }
  }
  for (const name of ['skip', 'times', 'probability', 'seed', 'delayMs']) {
    const value = numberOf(body[name]);
    if (value !== undefined) {
      numbers[name] = value;
    }
  }
  return { id: required(body, 'id'), kind, ...texts, ...numbers };
}
