import { readStreamRecords } from '../../lambdas/adapters/dynamodb/stream-records';
import { aCommit, anObservation, aStream } from '../support/a-commit';
import { aForeignChange, anInsertedItem, aStreamEvent } from '../support/stream-events';

describe('reading the stream of the journal', () => {
  test('gives commits and observations in the order of the batch, with their positions', () => {
    const commit = aCommit(aStream(), 2);
    const observation = anObservation();
    expect(readStreamRecords(aStreamEvent(commit, observation))).toEqual([
      { sequenceNumber: '1', change: { type: 'inserted', record: { type: 'commit', commit } } },
      { sequenceNumber: '2', change: { type: 'inserted', record: { type: 'observation', observation } } },
    ]);
  });

  test.each(['MODIFY', 'REMOVE'] as const)('names the key of what a %s touched, and nothing of its content', (how) => {
    const commit = aCommit(aStream(), 2);
    const [record] = readStreamRecords(aStreamEvent(aForeignChange(how, commit)));
    const { owner, kind, id } = commit.stream;
    const key = `T#${(owner as { tenant: string }).tenant}#${kind}#${id} V#00000002`;
    expect(record?.change).toEqual({ type: 'tampered', how, key });
  });

  test('tells an item that is no commit from the rest of the batch', () => {
    const foreign = anInsertedItem({ pk: { S: 'hello' }, sk: { S: 'world' } });
    const [first, second] = readStreamRecords(aStreamEvent(foreign, aCommit(aStream(), 1)));
    expect(first?.change).toMatchObject({ type: 'unreadable', key: 'hello world' });
    expect(second?.change.type).toBe('inserted');
  });

  test.each([[null], [{}], [{ Records: [{}] }], [{ Records: [{ eventName: 'INSERT', dynamodb: {} }] }]])(
    'refuses %j, which no stream sends',
    (event) => {
      expect(() => readStreamRecords(event)).toThrow();
    },
  );
});
