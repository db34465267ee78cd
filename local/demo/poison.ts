import { asObject, asString, parseJson, textOf } from '../assembly/json';
import { createPayment, webhookDelayMs, webhookEventsOf } from './payments';
import { call, deployed, idOf, letPass, newKey, settle, type Owner, type Stage } from './stage';
import { mustShow } from './telling';

/** Receipts before the queue gives a message up, in the stage that runs here. */
const maxReceiveCount = 5;

/** Longer than any pause between two tries of that stage. */
const beyondBackoffMs = 300_000;

/** Follows a webhook that cannot be applied to its dead-letter queue, its page and its redrive. */
export async function poisonAndMend(stage: Stage, owner: Owner): Promise<void> {
  const poisoned = await poison(stage, owner);
  await page(stage);
  await redrive(stage, owner, poisoned);
}

async function poison(stage: Stage, owner: Owner): Promise<string> {
  stage.step(
    'A poisoned webhook',
    'A payment is authorized. From now on, whatever reads it fails in the webhook processor, as a defect would make it; then it is',
    'captured. The webhook of that must neither be lost nor keep others waiting. (The clock of the queues runs ahead here; the real pauses grow',
    'from ten seconds to hours.)',
  );
  const { faults } = stage.cloud.frontDoor;
  const payment = await createPayment(stage, owner, 4200, { capture: 'manual' });
  await letPass(stage, webhookDelayMs);
  faults.add({
    id: 'poison',
    kind: 'error',
    functionName: deployed('webhook-processor'),
    service: 'dynamodb',
    action: 'Query',
    bodyIncludes: idOf(payment),
    probability: 1,
  });
  const path = `${owner.path}/payments/${idOf(payment)}/capture`;
  await call(stage, owner.session, { method: 'POST', path, body: {}, key: newKey() }, 200);
  const neighbour = await createPayment(stage, owner, 700);
  await letPass(stage, webhookDelayMs);
  const [other] = await webhookEventsOf(stage, owner, idOf(neighbour));
  mustShow(other?.['status'] === 'applied', 'the neighbour’s webhook to be applied', other ?? 'none');
  for (let attempts = 1; attempts <= maxReceiveCount; attempts += 1) {
    if (attempts > 1) await letPass(stage, beyondBackoffMs);
    const [event] = await webhookEventsOf(stage, owner, idOf(payment));
    const expected = attempts < maxReceiveCount ? 'retrying' : 'dead';
    const isAsSaid = event?.['status'] === expected && event['attempts'] === attempts;
    mustShow(isAsSaid, `attempt ${attempts} to leave the event ${expected}`, event ?? 'none');
    stage.fact(`Attempt ${attempts}`, expected === 'dead' ? 'failed, the last one: dead' : 'failed, to be tried again');
  }
  stage.fact('Its neighbour', 'from the same moment was applied at once');
  const depth = stage.cloud.frontDoor.services.sqs.depth(deployed('webhooks-dlq'));
  mustShow(depth?.visible === 1, 'one message in the dead-letter queue', depth);
  stage.fact('Dead-letter queue', 'holds 1 message');
  return idOf(payment);
}

async function page(stage: Stage): Promise<void> {
  stage.step('The alarm', 'A message in the dead-letter queue is worth waking somebody for.');
  await stage.cloud.evaluateAlarms();
  const subject = `ALARM: "${deployed('webhooks-dlq')}"`;
  const pages = stage.cloud.frontDoor.services.sns.notifications();
  const found = pages.find((each) => each.subject === subject);
  mustShow(
    found !== undefined,
    `“${subject}” on the on-call topic`,
    pages.map((each) => each.subject),
  );
  stage.fact('On call', found.subject);
  stage.fact('Topic', found.topicArn.split(':').at(-1) ?? '');
  const message = asObject(parseJson(found.message), 'message');
  stage.fact('It says', asString(message['AlarmDescription'], 'AlarmDescription'));
}

async function redrive(stage: Stage, owner: Owner, payment: string): Promise<void> {
  stage.step(
    'Redrive, once the cause is gone',
    'The defect is mended. Olivia puts the event back into the queue; that needs her second factor and is recorded.',
    'It is applied once, however often it is put back or delivered.',
  );
  const { faults, services } = stage.cloud.frontDoor;
  faults.remove('poison');
  const [dead] = await webhookEventsOf(stage, owner, payment);
  const path = `${owner.path}/webhook-events/${asString(dead?.['id'], 'id')}/redrive`;
  await call(stage, owner.session, { method: 'POST', path, body: {}, key: newKey() }, 202);
  await settle(stage);
  const [event] = await webhookEventsOf(stage, owner, payment);
  mustShow(event?.['status'] === 'applied', 'the event to be applied', event ?? 'none');
  stage.fact('Webhook event', `applied, at attempt ${textOf(event['attempts'])}`);
  await call(stage, owner.session, { method: 'POST', path, body: {}, key: newKey() }, 422);
  stage.fact('A second redrive', 'refused with 422: nothing is dead any more');

  await stage.admin.json('sqs', 'PurgeQueue', { QueueUrl: queueUrl(stage, 'webhooks-dlq') });
  stage.cloud.frontDoor.clock.advance(beyondBackoffMs);
  await stage.cloud.evaluateAlarms();
  const allClear = `OK: "${deployed('webhooks-dlq')}"`;
  const said = services.sns.notifications().map(({ subject }) => subject);
  mustShow(said.includes(allClear), `“${allClear}” on the on-call topic`, said);
  stage.fact('On call', allClear);
}

function queueUrl({ cloud }: Stage, name: string): string {
  return `${cloud.awsEndpoint}/${cloud.assembly.place.accountId}/${deployed(name)}`;
}
