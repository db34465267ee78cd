import type { Assembly, Resource } from '../../assembly/assembly';
import {
  asBoolean,
  asNumber,
  asObject,
  asString,
  isObject,
  listOf,
  optional,
  type JsonObject,
} from '../../assembly/json';
import { evaluateExpression, type MathValue } from './expression';
import { statistic, type MetricStore, type SeriesId } from './metric-store';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmChange {
  readonly name: string;
  readonly description: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  /** ARNs to publish to. */
  readonly actions: readonly string[];
}

export interface Alarms {
  /** Evaluates every alarm at this time of the local clock and reports what changed. */
  evaluate(nowMs: number): {
    readonly states: readonly { readonly name: string; readonly state: AlarmState }[];
    readonly changes: readonly AlarmChange[];
  };
}

interface Query {
  readonly id: string;
  readonly series: SeriesId | undefined;
  readonly statistic: string;
  readonly periodMs: number;
  readonly expression: string | undefined;
  readonly returnData: boolean;
}

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly queries: readonly Query[];
  readonly periodMs: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly breaches: (value: number, threshold: number) => boolean;
  readonly treatMissing: string;
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
  state: AlarmState;
}

/**
 * The metric alarms of the template, evaluated as CloudWatch does (CloudWatch User Guide, "Evaluating an alarm" and
 * "Configuring how CloudWatch alarms treat missing data"), but on windows that end now instead of on whole minutes, so
 * that an alarm need not be waited for.
 */
export function newAlarms(assembly: Assembly, metrics: MetricStore, startedMs: number): Alarms {
  const alarms = assembly.ofType('AWS::CloudWatch::Alarm').map(readAlarm);
  return {
    evaluate(nowMs) {
      const changes = alarms.flatMap((alarm) => {
        const { state: to, reason } = evaluate(alarm, metrics, startedMs, nowMs);
        const from = alarm.state;
        alarm.state = to;
        return from === to
          ? []
          : [{ name: alarm.name, description: alarm.description, from, to, reason, actions: alarm.actions[to] }];
      });
      return { states: alarms.map(({ name, state }) => ({ name, state })), changes };
    },
  };
}

function evaluate(
  alarm: Alarm,
  metrics: MetricStore,
  startedMs: number,
  nowMs: number,
): { state: AlarmState; reason: string } {
  // Half-open windows (from, to]: a value received this very millisecond counts.
  const points = Array.from({ length: alarm.evaluationPeriods }, (_unused, index) => {
    const toMs = nowMs + 1 - index * alarm.periodMs;
    return valueOf(alarm, metrics, toMs - alarm.periodMs, toMs);
  });
  const present = points.filter((value) => value !== undefined);
  const breaching = present.filter((value) => alarm.breaches(value, alarm.threshold)).length;
  // A period that began before the cloud ran says nothing: metrics are not kept over a restart.
  const missing = points.filter(
    (value, index) => value === undefined && nowMs - (index + 1) * alarm.periodMs >= startedMs,
  ).length;
  const counted = alarm.treatMissing === 'breaching' ? breaching + missing : breaching;
  const reason = `${breaching} of the last ${points.length} periods of ${alarm.periodMs / 1000} s crossed ${alarm.threshold} (newest: ${points[0] ?? 'no data'})`;
  if (counted >= alarm.datapointsToAlarm) return { state: 'ALARM', reason };
  if (present.length > 0 || alarm.treatMissing === 'notBreaching' || alarm.treatMissing === 'breaching')
    return { state: 'OK', reason };
  return { state: alarm.treatMissing === 'ignore' ? alarm.state : 'INSUFFICIENT_DATA', reason };
}

function valueOf(alarm: Alarm, metrics: MetricStore, fromMs: number, toMs: number): MathValue {
  const values = new Map<string, MathValue>();
  for (const query of alarm.queries) {
    if (query.series !== undefined)
      values.set(query.id, statistic(query.statistic, metrics.values(query.series, fromMs, toMs)));
  }
  // An expression may use another one: those whose inputs are known are computed until none is left.
  const open = alarm.queries.filter((query) => query.expression !== undefined);
  for (let round = 0; round <= open.length; round += 1) {
    for (const query of open) {
      if (values.has(query.id) || query.expression === undefined) continue;
      const waits = open.some(
        (other) =>
          other !== query && !values.has(other.id) && new RegExp(`\\b${other.id}\\b`).test(query.expression ?? ''),
      );
      if (!waits) values.set(query.id, evaluateExpression(query.expression, values));
    }
  }
  const returned = alarm.queries.find((query) => query.returnData) ?? alarm.queries[0];
  return returned === undefined ? undefined : values.get(returned.id);
}

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

function readAlarm(resource: Resource): Alarm {
  const what = resource.id;
  const operator = asString(resource.property('ComparisonOperator'), `${what}.ComparisonOperator`);
  const breaches = comparisons[operator];
  if (breaches === undefined) throw new Error(`${what}: comparison ${operator} is not supported by the local cloud`);
  const evaluationPeriods = asNumber(resource.property('EvaluationPeriods'), `${what}.EvaluationPeriods`);
  const queries = readQueries(resource);
  return {
    name: resource.ref,
    description: optional(resource.property('AlarmDescription'), asString, `${what}.AlarmDescription`) ?? '',
    queries,
    periodMs: Math.max(...queries.map((query) => query.periodMs)),
    evaluationPeriods,
    datapointsToAlarm: optional(resource.property('DatapointsToAlarm'), asNumber, what) ?? evaluationPeriods,
    threshold: asNumber(resource.property('Threshold'), `${what}.Threshold`),
    breaches,
    treatMissing: optional(resource.property('TreatMissingData'), asString, what) ?? 'missing',
    actions: {
      ALARM: listOf(resource.property('AlarmActions'), asString, `${what}.AlarmActions`),
      OK: listOf(resource.property('OKActions'), asString, `${what}.OKActions`),
      INSUFFICIENT_DATA: listOf(
        resource.property('InsufficientDataActions'),
        asString,
        `${what}.InsufficientDataActions`,
      ),
    },
    state: 'INSUFFICIENT_DATA',
  };
}

function readQueries(resource: Resource): Query[] {
  const what = resource.id;
  const metrics = resource.property('Metrics');
  if (metrics === undefined) return [readMetric(resource.properties(), 'm1', what, true)];
  return listOf(metrics, asObject, `${what}.Metrics`).map((query) => {
    const id = asString(query['Id'], `${what} metric id`);
    const returnData =
      query['ReturnData'] === undefined ? true : asBoolean(query['ReturnData'], `${what}.${id}.ReturnData`);
    const stat = query['MetricStat'];
    if (isObject(stat)) {
      const metric = asObject(stat['Metric'], `${what}.${id}.Metric`);
      return readMetric({ ...metric, Statistic: stat['Stat'], Period: stat['Period'] }, id, what, returnData);
    }
    const expression = asString(query['Expression'], `${what}.${id}.Expression`);
    const periodMs = (optional(query['Period'], asNumber, what) ?? 0) * 1000;
    return { id, series: undefined, statistic: '', periodMs, expression, returnData };
  });
}

function readMetric(metric: JsonObject, id: string, what: string, returnData: boolean): Query {
  const dimensions = listOf(metric['Dimensions'], asObject, `${what}.Dimensions`).map((dimension): [string, string] => [
    asString(dimension['Name'], `${what} dimension`),
    asString(dimension['Value'], `${what} dimension`),
  ]);
  return {
    id,
    series: {
      namespace: asString(metric['Namespace'], `${what}.Namespace`),
      name: asString(metric['MetricName'], `${what}.MetricName`),
      dimensions: Object.fromEntries(dimensions),
    },
    statistic: asString(metric['Statistic'] ?? metric['ExtendedStatistic'], `${what}.Statistic`),
    periodMs: asNumber(metric['Period'], `${what}.Period`) * 1000,
    expression: undefined,
    returnData,
  };
}
