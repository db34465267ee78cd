import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** The habits of docs/architecture.md that neither the linter nor the dependency rules can check. Each says what to do instead. */

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file) && statSync(file).isFile());

const sources = tracked.filter((file) => /^(bin|lib|lambdas|local|simulation|bench|test)\/.*\.ts$/.test(file));

const product = sources.filter((file) => /^(bin|lib|lambdas)\//.test(file));

function offenders(files: readonly string[], isOffence: (text: string, file: string) => boolean): readonly string[] {
  return files.filter((file) => isOffence(readFileSync(file, 'utf8'), file));
}

describe('the layout', () => {
  test('has no folder that could hold anything (name the folder after what it does)', () => {
    expect(sources.filter((file) => /(^|\/)(utils?|helpers?|common|types|misc|shared)\//.test(file))).toEqual([]);
  });

  test('keeps files readable: at most 400 lines (split by use case)', () => {
    expect(offenders(sources, (text) => text.split('\n').length > 401)).toEqual([]);
  });

  test('has no barrels but the doors of domain modules (import the file itself)', () => {
    const barrels = product.filter(
      (file) => file.endsWith('/index.ts') && !/^lambdas\/domain\/[^/]+\/index\.ts$/.test(file),
    );
    expect(barrels).toEqual([]);
  });
});

describe('the text', () => {
  test('has no promises (do it now, or write a decision record that says why not)', () => {
    const promise = new RegExp(['\\b(TO', 'DO|FIX', 'ME)\\b'].join(''));
    expect(offenders(sources, (text) => promise.test(text))).toEqual([]);
  });

  test('skips no test (delete it, or make it run)', () => {
    expect(offenders(sources, (text) => /\b(describe|test|it)\.(skip|only|todo)\(/.test(text))).toEqual([]);
  });

  test('holds no machine paths or registry hosts', () => {
    const machine = new RegExp(['/wo', 'rk/|/ro', 'ot/|registry\\.', 'npmjs'].join(''));
    const files = tracked.filter((file) => !/\.(png|ico)$/.test(file));
    expect(offenders(files, (text) => machine.test(text))).toEqual([]);
  });
});

describe('the product code', () => {
  test('reads the environment in config.ts of a handler only (add the name to lambdas/env.ts and parse it there)', () => {
    // Credentials are no configuration: where they are is agreed between the runtime and the SDK.
    const allowed = /^(lambdas\/(handlers\/[^/]+\/config|adapters\/environment-credentials)\.ts|bin\/)/;
    expect(offenders(product, (text, file) => text.includes('process.env') && !allowed.test(file))).toEqual([]);
  });

  test('binds real dependencies on one last line of each handler (export const handler = …)', () => {
    const handlers = sources.filter((file) => /^lambdas\/handlers\/[^/]+\/handler\.ts$/.test(file));
    expect(handlers.length).toBeGreaterThan(0);
    expect(offenders(handlers, (text) => !/\nexport const handler\b[^\n]*;\n$/.test(text))).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = tracked.filter((file) => file.endsWith('.md'));

  test('name only files that exist', () => {
    const missing = documents.flatMap((document) => {
      const text = readFileSync(document, 'utf8');
      const paths = [...text.matchAll(/`((?:bin|lib|lambdas|local|simulation|test|bench|docs)\/[\w./-]+\.\w+)`/g)].map(
        ([, path]) => path!,
      );
      return paths.filter((path) => !existsSync(path)).map((path) => `${document}: ${path}`);
    });
    expect(missing).toEqual([]);
  });

  test('number their decisions without gaps in meaning: one title each, with its number', () => {
    const records = documents.filter((document) => document.startsWith('docs/decisions/'));
    expect(records.length).toBeGreaterThan(0);
    const wrong = records.filter((record) => {
      const number = /\/(\d{4})-[a-z0-9-]+\.md$/.exec(record)?.[1];
      return number === undefined || !readFileSync(record, 'utf8').startsWith(`# ${number} `);
    });
    expect(wrong).toEqual([]);
  });
});
