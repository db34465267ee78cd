import type { Assembly } from '../assembly/assembly';
import type { FrontDoor } from '../front-door/front-door';
import type { AlarmChange, AlarmState, Alarms } from './metrics/alarms';
import type { MetricFeed } from './metric-feed';

export interface OnCall {
  /** Evaluates every alarm now and publishes what changed. */
  evaluate(): Promise<readonly { readonly name: string; readonly state: AlarmState }[]>;
}

/** Publishes changes of alarms to their topics, if the policies of topic and key let CloudWatch do so. */
export function newOnCall(
  assembly: Assembly,
  frontDoor: FrontDoor,
  alarms: Alarms,
  feed: MetricFeed,
  onProblem: (text: string) => void,
): OnCall {
  const { accountId, region } = assembly.place;

  const mayPublish = async (topicArn: string, alarmArn: string): Promise<string | undefined> => {
    const source = { servicePrincipal: 'cloudwatch.amazonaws.com', sourceArn: alarmArn };
    const hasPolicy = assembly
      .ofType('AWS::SNS::TopicPolicy')
      .some((policy) => JSON.stringify(policy.property('Topics')).includes(topicArn));
    // Without a policy of its own a topic keeps SNS's default one, which lets the account's alarms publish.
    const decisions = hasPolicy
      ? [await frontDoor.isAllowed({ ...source, action: 'sns:Publish', resource: topicArn })]
      : [];
    const keyArn = frontDoor.services.sns.encryptionKeyOf(topicArn);
    const resolved = keyArn === undefined ? undefined : frontDoor.services.kms.keyArnOf(keyArn);
    if (resolved !== undefined)
      decisions.push(await frontDoor.isAllowed({ ...source, action: 'kms:GenerateDataKey', resource: resolved }));
    return decisions.find((decision) => !decision.allowed)?.message;
  };

  const publish = async (change: AlarmChange): Promise<void> => {
    for (const topicArn of change.actions) {
      const refusal = await mayPublish(topicArn, `arn:aws:cloudwatch:${region}:${accountId}:alarm:${change.name}`);
      if (refusal !== undefined) {
        onProblem(`alarm ${change.name} cannot reach its topic: ${refusal}`);
        continue;
      }
      frontDoor.services.sns.publish({
        topicArn,
        subject: `${change.to}: "${change.name}"`,
        message: JSON.stringify({
          AlarmName: change.name,
          AlarmDescription: change.description,
          AWSAccountId: accountId,
          NewStateValue: change.to,
          NewStateReason: change.reason,
          StateChangeTime: new Date(frontDoor.clock.nowMs()).toISOString(),
          Region: region,
          OldStateValue: change.from,
        }),
      });
    }
  };

  return {
    async evaluate() {
      feed.sample();
      const { states, changes } = alarms.evaluate(frontDoor.clock.nowMs());
      // An alarm that was never anything else becomes OK in silence, as a new alarm of a healthy system should.
      for (const change of changes)
        if (!(change.to === 'OK' && change.from === 'INSUFFICIENT_DATA')) await publish(change);
      return states;
    },
  };
}
