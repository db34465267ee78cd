import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeBundle } from '../../lib/constructs/bundle';

describe('the bundle of a function', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countinghouse-bundle-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (withValkey: boolean): string => {
    const own = join(folder, String(withValkey));
    writeBundle('payments', own, { withValkey });
    return own;
  };

  it('carries nothing of the client of Valkey where the stage does not use it', () => {
    const own = written(false);
    expect(readdirSync(own)).toEqual(['index.js']);
    const bundle = readFileSync(join(own, 'index.js'), 'utf8');
    expect(bundle).not.toContain('CLUSTERDOWN');
    // Of this some 240 kB are the client of Stripe.
    expect(bundle.length).toBeLessThan(900_000);
  });

  it('finds the client beside it where the stage does, and is the same otherwise', () => {
    const own = written(true);
    expect(readFileSync(join(own, 'index.js'))).toEqual(readFileSync(join(folder, 'false', 'index.js')));
    const { Redis, Cluster } = createRequire(join(own, 'index.js'))('iovalkey') as Record<string, unknown>;
    expect([typeof Redis, typeof Cluster]).toEqual(['function', 'function']);
    expect(readFileSync(join(own, 'index.js'), 'utf8')).toContain('require("iovalkey")');
  });
});
