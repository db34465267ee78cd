import { faultOf } from '../support/lease-checker';
import type { Sending } from '../support/lease-histories';
import { recordHistory } from '../support/lease-histories';
import { ScriptedDynamo } from '../support/scripted-dynamo';
import type { Write } from '../support/scripted-dynamo';

const histories = 1_000;

/** The first seed whose history is wrong, and why. */
async function firstFault(mutate: (input: Write) => Write | 'delete', most: number): Promise<string | undefined> {
  for (let seed = 1; seed <= most; seed += 1) {
    const fault = faultOf(await recordHistory(seed, new ScriptedDynamo(mutate)));
    if (fault !== undefined) return `seed ${String(seed)}: ${fault}`;
  }
  return undefined;
}

const isHeartbeat = ({ UpdateExpression }: Write): boolean => UpdateExpression === 'SET #until = :until';
const isRelease = ({ UpdateExpression = '' }: Write): boolean => UpdateExpression.startsWith('REMOVE');
const isAcquire = ({ UpdateExpression = '' }: Write): boolean => UpdateExpression.includes('fence');
const without = (input: Write): Write => ({ ...input, ConditionExpression: undefined });

describe('the histories of a lease', () => {
  test(`are linearizable and its fences rise, in ${String(histories)} of them`, async () => {
    const seen = { acquired: 0, refused: 0, lost: 0, fenced: 0, recognised: 0 };
    for (let seed = 1; seed <= histories; seed += 1) {
      const history = await recordHistory(seed, new ScriptedDynamo());
      const fault = faultOf(history);
      if (fault !== undefined)
        throw new Error(`seed ${String(seed)}: ${fault}\n${JSON.stringify(history, undefined, 1)}`);
      tally(history, seen);
    }
    // What could go wrong did happen, often.
    expect(seen.acquired).toBeGreaterThan(histories);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });

  test('are the same for the same seed', async () => {
    const one = await recordHistory(7, new ScriptedDynamo());
    expect(await recordHistory(7, new ScriptedDynamo())).toEqual(one);
  });

  test.each<[string, (input: Write) => Write | 'delete']>([
    [
      'a fence that does not rise',
      (input) =>
        isAcquire(input)
          ? {
              ...input,
              UpdateExpression: input.UpdateExpression!.replace(
                'if_not_exists(fence, :zero) + :one',
                'if_not_exists(fence, :one)',
              ),
            }
          : input,
    ],
    ['a heartbeat by anybody', (input) => (isHeartbeat(input) ? without(input) : input)],
    ['a release by anybody', (input) => (isRelease(input) ? without(input) : input)],
    ['a release that deletes the item', (input) => (isRelease(input) ? 'delete' : input)],
    ['a lease that is taken while it is held', (input) => (isAcquire(input) ? without(input) : input)],
    [
      'writes that ignore the fence',
      (input) => ({
        ...input,
        TransactItems: input.TransactItems?.map((item) =>
          item.ConditionCheck === undefined ? item : { ConditionCheck: without(item.ConditionCheck) },
        ),
      }),
    ],
    [
      'a lost answer that is taken for a refusal',
      (input) =>
        isAcquire(input)
          ? { ...input, ConditionExpression: 'attribute_not_exists(nonce) OR #until <= :now', forgets: true }
          : input,
    ],
  ])('with %s are found to be wrong', async (_, mutate) => {
    expect(await firstFault(mutate, 300)).toMatch(/^seed \d+: /);
  });
});

function tally(
  history: readonly Sending[],
  seen: { acquired: number; refused: number; lost: number; fenced: number; recognised: number },
): void {
  for (const { asked, answer } of history) {
    if (answer === undefined) seen.lost += 1;
    else if (asked.op === 'acquire') {
      if (answer === false) seen.refused += 1;
      else seen.acquired += 1;
      const isRetry = history.filter((other) => other.asked === asked).length > 1;
      if (isRetry && answer !== false) seen.recognised += 1;
    } else if (asked.op === 'write' && answer === false) seen.fenced += 1;
  }
}
