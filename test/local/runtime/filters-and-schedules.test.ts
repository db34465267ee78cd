import type { JsonObject } from '../../../local/assembly/json';
import { passesFilters } from '../../../local/runtime/sources/filter-criteria';
import { parseSchedule } from '../../../local/runtime/sources/schedule-expression';

describe('a filter pattern', () => {
  const record = { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'T#1#payment#2' } }, NewImage: { n: 5 } } };

  it.each<[string, JsonObject, boolean]>([
    ['an equal value', { eventName: ['INSERT'] }, true],
    ['one of several', { eventName: ['MODIFY', 'INSERT'] }, true],
    ['none of several', { eventName: ['MODIFY', 'REMOVE'] }, false],
    ['a prefix, deep down', { dynamodb: { Keys: { pk: { S: [{ prefix: 'T#1#' }] } } } }, true],
    ['a suffix', { dynamodb: { Keys: { pk: { S: [{ suffix: '#3' }] } } } }, false],
    ['anything but', { eventName: [{ 'anything-but': ['REMOVE'] }] }, true],
    ['anything but a prefix', { dynamodb: { Keys: { pk: { S: [{ 'anything-but': { prefix: 'T#' } }] } } } }, false],
    ['presence', { dynamodb: { NewImage: { n: [{ exists: true }] } } }, true],
    ['absence', { dynamodb: { OldImage: [{ exists: false }] } }, true],
    ['a range of numbers', { dynamodb: { NewImage: { n: [{ numeric: ['>', 4, '<=', 5] }] } } }, true],
    ['all fields at once', { eventName: ['INSERT'], dynamodb: { NewImage: { n: [6] } } }, false],
    ['one of two alternatives', { $or: [{ eventName: ['REMOVE'] }, { dynamodb: { NewImage: { n: [5] } } }] }, true],
    ['letters of any case', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
  ])('by %s', (_name, pattern, expected) => {
    expect(passesFilters(record, [pattern])).toBe(expected);
  });

  it('among several needs one to match; none at all lets everything pass', () => {
    expect(passesFilters(record, [{ eventName: ['REMOVE'] }, { eventName: ['INSERT'] }])).toBe(true);
    expect(passesFilters(record, [])).toBe(true);
  });

  it('with an unknown operator is refused', () => {
    expect(() => passesFilters(record, [{ eventName: [{ wildcard: '*' }] }])).toThrow(/wildcard is not supported/);
  });
});

describe('a schedule', () => {
  const after = Date.parse('2026-11-22T10:07:30Z');
  const next = (expression: string) => {
    const atMs = parseSchedule(expression)(after);
    return atMs === undefined ? undefined : new Date(atMs).toISOString();
  };

  it.each([
    ['rate(5 minutes)', '2026-11-22T10:12:30.000Z'],
    ['rate(1 hour)', '2026-11-22T11:07:30.000Z'],
    ['rate(2 days)', '2026-11-24T10:07:30.000Z'],
    ['at(2026-12-01T00:00:00)', '2026-12-01T00:00:00.000Z'],
    ['at(2026-01-01T00:00:00)', undefined],
    ['cron(0/15 * * * ? *)', '2026-11-22T10:15:00.000Z'],
    ['cron(30 3 * * ? *)', '2026-11-23T03:30:00.000Z'],
    ['cron(0 8 ? * MON-FRI *)', '2026-11-23T08:00:00.000Z'],
    ['cron(0 0 1 JAN ? *)', '2027-01-01T00:00:00.000Z'],
    ['cron(0 12 L * ? *)', '2026-11-30T12:00:00.000Z'],
    ['cron(0 0 29 2 ? 2028)', '2028-02-29T00:00:00.000Z'],
  ])('%s runs next at %s', (expression, expected) => {
    expect(next(expression)).toBe(expected);
  });

  it.each(['every minute', 'rate(5 parsecs)', 'cron(0 8 * *)', 'cron(x * * * ? *)'])('%s is refused', (expression) => {
    expect(() => parseSchedule(expression)(after)).toThrow();
  });
});
