import { invalidHeader, problemDocument } from '../../lambdas/middleware/problem';
import { problems } from '../../lambdas/routes/problems';
import type { ProblemSlug } from '../../lambdas/routes/problems';

const slugs = Object.keys(problems) as ProblemSlug[];

test.each(slugs)('%s has a stable type, a title, its status and the request id', (slug) => {
  expect(problemDocument({ slug }, 'request-1')).toEqual({
    type: `https://countinghouse.example/problems/${slug}`,
    ...problems[slug],
    requestId: 'request-1',
  });
});

test.each(slugs.filter((slug) => problems[slug].status >= 500))(
  '%s says nothing else, whatever it is given',
  (slug) => {
    const told = problemDocument({ slug, detail: 'the table journal is gone', extensions: { table: 'journal' } }, 'r');
    expect(Object.keys(told).sort()).toEqual(['requestId', 'status', 'title', 'type']);
  },
);

test('details are redacted, and extensions cannot pass for the members of the standard', () => {
  const told = problemDocument(
    { slug: 'refused', detail: 'no to ada@example.com', extensions: { reason: 'declined', status: 200, type: 'x' } },
    'r',
  );
  expect(told).toMatchObject({ detail: 'no to [redacted]', reason: 'declined', status: 422 });
  expect(told.type).toMatch(/\/refused$/);
});

test('a header that will not do is named', () => {
  expect(invalidHeader('If-Match', 'no')).toMatchObject({
    errors: [{ in: 'header', pointer: '#/If-Match', detail: 'no' }],
  });
});
