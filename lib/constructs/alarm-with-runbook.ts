import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';

/** `critical` wakes someone; `warning` is read the same working day. */
export type Severity = 'critical' | 'warning';

export interface AlarmWithRunbookProps {
  config: StageConfig;
  /** Short name, and the heading of its entry in docs/runbook.md. */
  name: string;
  severity: Severity;
  /** What it means for tenants or for the company while it lasts; first thing the woken person reads. */
  impact: string;
  metric: IMetric;
  /** Breaches when the metric is at or above it, or below it if `breachesBelow`. */
  threshold: number;
  breachesBelow?: boolean;
  /** Breaching periods in a row before it fires. */
  periods?: number;
  /** `breaching` for a metric whose silence is the fault. */
  whenMissing?: 'breaching' | 'not-breaching';
  topics: Readonly<Record<Severity, ITopic>>;
}

const runbookHeadings: ReadonlySet<string> = new Set(
  readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('## ') ? [line.slice(3).trim()] : [])),
);

/** An alarm that says what it means and where to read on. It cannot be built without its entry in docs/runbook.md. */
export class AlarmWithRunbook extends Construct {
  constructor(scope: Construct, props: AlarmWithRunbookProps) {
    super(scope, props.name);
    if (!runbookHeadings.has(props.name)) {
      throw new Error(`docs/runbook.md has no entry for the alarm: write one under the heading "## ${props.name}"`);
    }
    const alarm = new Alarm(this, 'Alarm', {
      alarmName: deployedName(props.config, props.name),
      alarmDescription: `${props.severity}: ${props.impact} Runbook: docs/runbook.md#${props.name}`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.breachesBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: props.whenMissing === 'breaching' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(props.topics[props.severity]));
    alarm.addOkAction(new SnsAction(props.topics[props.severity]));
  }
}
