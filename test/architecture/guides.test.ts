import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { permissions } from '../../lambdas/domain/identity/permissions';
import { stepUpPurposes } from '../../lambdas/domain/policies';
import { permissionMatrix } from '../../lambdas/middleware/permission-matrix';
import { routes } from '../../lambdas/routes';

/** The guides speak of what is there. That the files they name exist is checked with all documents, in style.test.ts. */

const folder = join(__dirname, '..', '..', 'docs', 'guides');
const guides = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
/** The sandbox's guide is about the API of another party. */
const ofTheProduct = guides.filter(([name]) => name !== 'sandbox.md');

const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

describe.each(ofTheProduct)('docs/guides/%s', (_, text) => {
  it('names only routes that are in the table', () => {
    const known = routes.map(({ method, path }) => `${method} ${path}`);
    const named = all(text, /`((?:GET|POST|PATCH|DELETE) \/[^`\s]+)`/g);
    expect(named.filter((route) => !known.includes(route))).toEqual([]);
  });

  it('names only permissions that there are', () => {
    const named = all(text, /`([a-z-]+:(?:read|manage|create|capture|cancel|refund|redrive))`/g);
    expect(named.filter((each) => !permissions.some((permission) => permission === each))).toEqual([]);
  });

  it('names only flags that a policy has', () => {
    const named = all(text, /require2faFor\.(\w+)/g);
    expect(named.filter((each) => !stepUpPurposes.some((purpose) => purpose === each))).toEqual([]);
  });
});

it('the guides name routes and permissions at all', () => {
  const text = ofTheProduct.map(([, each]) => each).join('\n');
  expect(all(text, /`((?:GET|POST|PATCH|DELETE) \/[^`\s]+)`/g).length).toBeGreaterThan(20);
});

it('the table of permissions for people is the one of the roles', () => {
  const bare = (table: string): readonly string[] =>
    table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.replaceAll(/\s+/g, ' '));
  const [, generated = ''] = permissionMatrix([]).split('## Roles and permissions');
  const [, guide = ''] = guides.find(([name]) => name === 'tenant-permissions.md') ?? [];
  expect(bare(generated).length).toBe(permissions.length);
  expect(bare(guide)).toEqual(bare(generated));
});
