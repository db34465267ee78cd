import * as fc from 'fast-check';

import { fromAttribute, fromItem, toAttribute } from '../../lambdas/adapters/dynamodb/attribute-values';
import {
  commitToItem,
  itemBytes,
  observationToItem,
  parseCommitItem,
  parseJournalItem,
  writeUnitBytes,
} from '../../lambdas/adapters/dynamodb/commit-codec';
import { paymentEntity, paymentStream } from '../../lambdas/domain/payments';
import { decideCreate } from '../../lambdas/domain/payments/create-payment';
import { newCommit } from '../../lambdas/kernel/command';
import { deriveId, deriveToken, newCommitIds, systemRandomness } from '../../lambdas/kernel/ids';
import type { NewCommit, StreamId } from '../../lambdas/kernel/journal';
import { aClock, aCommit, anObservation, aStream } from '../support/a-commit';

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const data = fc
  .dictionary(fc.string(), json, { maxKeys: 5 })
  .map((value) => JSON.parse(JSON.stringify(value)) as object);

describe('attribute values', () => {
  it('give back any JSON', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(fromAttribute(toAttribute(value))).toEqual(value);
      }),
    );
  });

  it('keep a field of any name', () => {
    const value: unknown = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "": 3}');
    expect(JSON.stringify(fromAttribute(toAttribute(value)))).toBe(JSON.stringify(value));
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [() => 1], [1n], [Symbol('a')]])('refuse %p', (value) => {
    expect(() => toAttribute(value)).toThrow(TypeError);
  });

  it.each([[undefined], [null], [{}], [{ SS: ['a'] }], [{ B: 'AA==' }], ['text']])('are not read from %p', (value) => {
    expect(() => fromAttribute(value)).toThrow(TypeError);
  });
});

describe('a commit in the journal', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(data, json, json, (event, from, to) => {
        const commit = aCommit(aStream(), 7, {
          events: [{ type: 'Anything', data: event }],
          changes: [
            { path: 'a.b', from, to },
            { path: 'born', to },
            { path: 'gone', from },
          ],
        });
        expect(parseCommitItem(commitToItem(commit))).toEqual(commit);
      }),
    );
  });

  it('may come from the image of a stream record, which is JSON', () => {
    const commit = aCommit(aStream(), 1);
    expect(parseCommitItem(JSON.parse(JSON.stringify(commitToItem(commit))))).toEqual(commit);
  });

  it('keeps 64 characters of a user agent', () => {
    const commit = aCommit(aStream(), 1, { request: { id: 'r', route: 'x', userAgent: 'Mozilla/5.0 '.repeat(30) } });
    expect(parseCommitItem(commitToItem(commit)).request.userAgent).toHaveLength(64);
  });

  it('refuses what is no event but a document', () => {
    const commit = aCommit(aStream(), 1, { events: [{ type: 'Anything', data: { text: 'x'.repeat(40_000) } }] });
    expect(() => commitToItem(commit)).toThrow('bytes');
  });

  it.each<[string, (item: Record<string, unknown>) => void]>([
    ['without an id', (item) => delete item.c],
    ['of an unknown level', (item) => (item.a = { M: { u: { S: 'x' }, l: { S: 'root' } } })],
    ['with a version that is none', (item) => (item.sk = { S: 'V#1' })],
    ['with a key of another table', (item) => (item.pk = { S: 'T#a#audit-head' })],
    ['with an event without data', (item) => (item.e = { L: [{ M: { t: { S: 'X' } } }] })],
    ['with a number for a text', (item) => (item.t = { N: '1' })],
    ['with a request that is a list', (item) => (item.r = { L: [] })],
  ])('is refused %s', (_, damage) => {
    const item: Record<string, unknown> = { ...commitToItem(aCommit(aStream(), 1)) };
    damage(item);
    expect(() => parseCommitItem(item)).toThrow();
  });

  it('is not taken for an observation, nor the other way round', () => {
    const commit = aCommit(aStream(), 1);
    const observation = anObservation({ data: { a: 1 }, entity: { kind: 'payment', id: 'pay_1' } });
    expect(parseJournalItem(commitToItem(commit))).toEqual({ type: 'commit', commit });
    expect(parseJournalItem(observationToItem(observation))).toEqual({ type: 'observation', observation });
    expect(() => parseCommitItem(observationToItem(observation))).toThrow('observation');
  });

  it('has the size that DynamoDB counts', () => {
    const item = {
      pk: { S: 'ab' },
      n: { N: '-12.5' },
      b: { BOOL: true },
      l: { L: [{ S: 'x' }] },
      m: { M: { k: { S: 'é' } } },
    };
    // names 2+1+1+1+1, "ab" 2, three digits 2+2, true 1, list 3 + (1 + 1), map 3 + 1 + (1 + 2)
    expect(itemBytes(item)).toBe(6 + 2 + 4 + 1 + 5 + 7);
  });
});

describe('the size of a payment create', () => {
  const tenant = deriveId('tenant', ['t']);
  const paymentId = deriveId('payment', ['p']);
  const stream: StreamId = paymentStream(tenant, paymentId);
  const clock = aClock();
  const ports = { clock, commitIds: newCommitIds(clock, systemRandomness) };
  const context = {
    actor: {
      user: '9c2f6d3e-7f0f-4f42-9d8f-0b9d5f0a6a11',
      session: '2f4f5f0e-1111-4222-8333-944445555666',
      level: 'admin' as const,
    },
    request: {
      id: '2f4f5f0e-1111-4222-8333-944445555666',
      ip: '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
      userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)',
      route: 'payments.create',
    },
    command: { name: 'CreatePayment', key: deriveToken(['key']), fingerprint: deriveToken(['fingerprint']) },
  };
  const operationId = deriveId('operation', ['o']);

  const intent = (reference?: string): { commit: NewCommit; state: Parameters<typeof paymentEntity.audited>[0] } => {
    const decision = decideCreate({
      operationId,
      connectionId: deriveId('connection', ['c']),
      provider: 'sandbox',
      amount: { amount: 1_000_000_000_000, currency: 'USD' },
      capture: 'automatic',
      method: { type: 'token' },
      capabilities: [],
      ...(reference === undefined ? {} : { reference }),
    });
    if (!decision.ok) throw new Error('a create is always accepted');
    return newCommit(ports, paymentEntity, stream, context, { state: undefined, version: 0 }, decision.value);
  };

  it('is one write unit for the intent, with the longest of everything', () => {
    expect(itemBytes(commitToItem(intent('☃'.repeat(100)).commit))).toBeLessThanOrEqual(writeUnitBytes);
  });

  it('is one write unit for the outcome', () => {
    const { state } = intent();
    const { commit } = newCommit(ports, paymentEntity, stream, context, { state, version: 1 }, [
      {
        type: 'OutcomeRecorded',
        data: {
          operationId,
          outcome: { status: 'succeeded', reference: 'x'.repeat(64), amount: 1_000_000_000_000, currency: 'USD' },
        },
      },
    ]);
    expect(itemBytes(commitToItem(commit))).toBeLessThanOrEqual(writeUnitBytes);
  });

  it('stores plain names that nobody reads twice: all of them are short', () => {
    expect(Object.keys(fromItem(commitToItem(intent().commit))).sort()).toEqual([
      'a',
      'c',
      'e',
      'h',
      'm',
      'pk',
      'r',
      'sk',
      't',
    ]);
  });
});
