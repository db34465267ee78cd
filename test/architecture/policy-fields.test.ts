import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { rateClasses } from '../../lambdas/domain/policies';
import type { Leaf } from '../../lambdas/domain/policies/fields';
import { leavesOf } from '../../lambdas/domain/policies/fields';
import { policyFields } from '../../lambdas/domain/policies/security-policy';
import { openApiDocument } from '../../lambdas/openapi';
import { routes } from '../../lambdas/routes';

/**
 * A policy must not promise what nothing enforces. A field that nothing reads yet is marked `unread` in its table, and the API and
 * the guide say so; the mark goes with the first reader.
 */

const readers = execFileSync('git', ['ls-files', 'lambdas'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !/^lambdas\/(domain\/policies|routes)\//.test(file))
  .map((file) => readFileSync(file, 'utf8').replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, ''));

const leaves = leavesOf(policyFields);

/** A file of code, outside the table and what is made of it, that names every part of the path. */
const isNamed = (path: string) =>
  readers.some((text) => path.split('.').every((name) => new RegExp(`\\b${name}\\b`).test(text)));

/** Groups that are handed on whole, or read by a name which a request brings: the purpose or the class of its route. */
const readOtherwise: Readonly<Record<string, (name: string) => boolean>> = {
  require2faFor: (purpose) =>
    purpose === 'SignIn' ? isNamed('require2faFor.SignIn') : routes.some(({ stepUp }) => stepUp === purpose),
  rateLimits: (rateClass) => isNamed('rateLimits') && routes.some((route) => route.rateClass === rateClass),
  tenantRateLimits: (rateClass) => isNamed('tenantRateLimits') && rateClasses.some((each) => each === rateClass),
  apiKeys: (name) => isNamed('policy.apiKeys') && isNamed(name),
  addressRateLimits: (of) => isNamed(`addressRateLimits.${of.replace('-', '\\W')}`),
};

function isRead({ path }: Leaf): boolean {
  const [group = '', name = ''] = path.split('.');
  return readOtherwise[group]?.(name) ?? isNamed(path);
}

test('every field of a policy is read, or marked as not read yet (mark it with `unread`, or take the mark away)', () => {
  const wronglyMarked = leaves.filter((leaf) => isRead(leaf) === (leaf.field.isUnread === true));
  expect(wronglyMarked.map(({ path }) => path)).toEqual([]);
});

test('the API says which fields nothing enforces yet, and the guide names them', () => {
  const openApi = JSON.stringify(openApiDocument(routes));
  const guide = readFileSync('docs/guides/security-features.md', 'utf8');
  const unread = leaves.filter(({ field }) => field.isUnread === true);
  for (const { path, field } of unread) {
    expect(field.schema.meta()).toEqual({ description: 'Kept and shown; nothing enforces it yet' });
    const [group = '', name = ''] = path.split('.');
    const named = group === 'require2faFor' ? `\`${group}.${name}\`` : `\`${group}\``;
    expect([path, guide.includes(named)]).toEqual([path, true]);
  }
  expect(openApi.split('nothing enforces it yet').length - 1).toBeGreaterThanOrEqual(unread.length);
});
