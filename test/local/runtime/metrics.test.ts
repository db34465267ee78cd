import { metricsOfLine } from '../../../local/runtime/metrics/emf';
import { evaluateExpression } from '../../../local/runtime/metrics/expression';
import { newMetricStore, statistic } from '../../../local/runtime/metrics/metric-store';

describe('a line in the embedded metric format', () => {
  it('becomes one value per metric, per set of dimensions, per element of a list', () => {
    const line = JSON.stringify({
      _aws: {
        Timestamp: 1,
        CloudWatchMetrics: [
          {
            Namespace: 'N',
            Dimensions: [['service'], ['service', 'kind']],
            Metrics: [{ Name: 'Count' }, { Name: 'Many' }],
          },
        ],
      },
      service: 's',
      kind: 'k',
      Count: 2,
      Many: [1, 5],
    });

    expect(metricsOfLine(`prefix ${line}`, 7)).toEqual([
      { namespace: 'N', name: 'Count', dimensions: { service: 's' }, value: 2, atMs: 7 },
      { namespace: 'N', name: 'Count', dimensions: { service: 's', kind: 'k' }, value: 2, atMs: 7 },
      { namespace: 'N', name: 'Many', dimensions: { service: 's' }, value: 1, atMs: 7 },
      { namespace: 'N', name: 'Many', dimensions: { service: 's', kind: 'k' }, value: 1, atMs: 7 },
      { namespace: 'N', name: 'Many', dimensions: { service: 's' }, value: 5, atMs: 7 },
      { namespace: 'N', name: 'Many', dimensions: { service: 's', kind: 'k' }, value: 5, atMs: 7 },
    ]);
  });

  it('is not looked for in other lines', () => {
    expect(metricsOfLine('{"level":"INFO","message":"_aws"}', 1)).toEqual([]);
    expect(metricsOfLine('"_aws" but no JSON', 1)).toEqual([]);
  });
});

describe('a series', () => {
  it('is told apart by its dimensions, in any order, and read by time', () => {
    const store = newMetricStore();
    store.put({ namespace: 'N', name: 'M', dimensions: { a: '1', b: '2' }, value: 1, atMs: 10 });
    store.put({ namespace: 'N', name: 'M', dimensions: { b: '2', a: '1' }, value: 2, atMs: 20 });
    store.put({ namespace: 'N', name: 'M', dimensions: { a: '1' }, value: 9, atMs: 15 });

    expect(store.values({ namespace: 'N', name: 'M', dimensions: { a: '1', b: '2' } }, 10, 20)).toEqual([1]);
    expect(store.values({ namespace: 'N', name: 'M', dimensions: { a: '1', b: '2' } }, 10, 21)).toEqual([1, 2]);
  });
});

it.each([
  ['Sum', 10],
  ['Average', 2.5],
  ['Minimum', 1],
  ['Maximum', 4],
  ['SampleCount', 4],
  ['p50', 2],
  ['p99', 4],
])('the statistic %s of 1, 2, 3, 4 is %d', (name, expected) => {
  expect(statistic(name, [4, 2, 3, 1])).toBe(expected);
  expect(statistic(name, [])).toBeUndefined();
});

describe('metric math', () => {
  const metrics = new Map([
    ['errors', 3],
    ['requests', 10],
    ['silent', undefined],
  ]);

  it.each<[string, number | undefined]>([
    ['errors / requests * 100', 30],
    ['100*(errors/requests)', 30],
    ['-errors + 5', 2],
    ['2 - 1 - 1', 0],
    ['IF(requests > 5, errors / requests, 0)', 0.3],
    ['IF(requests > 50 AND errors > 1, 1, 0)', 0],
    ['errors + silent', undefined],
    ['errors + FILL(silent, 4)', 7],
    ['MAX([errors, requests])', 10],
    ['SUM(METRICS())', 13],
    ['errors / 0', undefined],
    ['requests >= 10 && errors != 3', 0],
  ])('%s is %p', (expression, expected) => {
    expect(evaluateExpression(expression, metrics)).toBe(expected);
  });

  it.each(['ANOMALY_DETECTION_BAND(errors)', 'errors +', 'unknown * 2', 'errors errors', 'METRICS() * 2'])(
    '%s is refused',
    (expression) => {
      expect(() => evaluateExpression(expression, metrics)).toThrow(/Metric math/);
    },
  );
});
