import { newCursorSigner } from '../../lambdas/kernel/cursor';
import { pageOf } from '../../lambdas/middleware/lists';

const cursors = newCursorSigner('a secret of thirty-two bytes or more');

const page = (scope: readonly string[], cursor?: string) => {
  const asked: unknown[] = [];
  const answer = pageOf({
    cursors,
    scope,
    query: { limit: 2, cursor },
    read: async (options) => {
      asked.push(options);
      return { records: [{ version: 3, data: { id: 'a' } }], next: { position: 'p' } };
    },
    present: ({ data, version }) => ({ id: String(data.id), version }),
  });
  return { answer, asked };
};

test('a cursor leads to where the page ended', async () => {
  const first = await page(['members', 'ten_1']).answer;
  expect(first).toEqual({
    status: 200,
    body: { data: [{ id: 'a', version: 3 }], nextCursor: expect.stringMatching(/^[\w-]+\.[\w-]+$/) },
  });
  const cursor = 'body' in first ? first.body.nextCursor : null;
  const second = page(['members', 'ten_1'], cursor ?? undefined);
  await second.answer;
  expect(second.asked).toEqual([{ limit: 2, after: { position: 'p' } }]);
});

test.each([
  ['of another tenant', ['members', 'ten_2']],
  ['of another list', ['payments', 'ten_1']],
  ['of a list whose names run together alike', ['members,ten_1']],
])('a cursor %s is refused', async (_, scope) => {
  const first = await page(['members', 'ten_1']).answer;
  const cursor = 'body' in first ? first.body.nextCursor : null;
  const other = page(scope, cursor ?? undefined);
  expect(await other.answer).toMatchObject({ problem: { slug: 'invalid-cursor' } });
  expect(other.asked).toEqual([]);
});

test.each(['', '.', 'a.b', 'a.b.c', 'e30.AAAAAAAAAAAAAAAAAAAAAA'])('a made-up cursor %j is refused', async (cursor) => {
  expect(await page(['members', 'ten_1'], cursor).answer).toMatchObject({ problem: { slug: 'invalid-cursor' } });
});
