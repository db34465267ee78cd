import { readdirSync, readFileSync } from 'node:fs';

import { subjectOf } from '../../../lambdas/adapters/providers/paypal/paypal-events';
import { maxReasonLength, readEach } from '../../../lambdas/adapters/providers/reading-events';

/** As long as any name of a field or code that stands in a reason. */
const longestName = 'dispute_life_cycle_stage'.length + 6;

const root = 'lambdas/adapters/providers';
const files = [
  ...readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${root}/${file}`),
  'lambdas/adapters/reading.ts',
];

const reasonsIn = (source: string): readonly string[] =>
  [
    ...source.matchAll(/new MalformedData\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`),?\s*\)/g),
  ].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, 'x'.repeat(longestName)),
  );

describe('why an event cannot be read', () => {
  test.each(files.filter((file) => readFileSync(file, 'utf8').includes('new MalformedData(')))(
    'is said in a text that is kept whole, in %s',
    (file) => {
      const source = readFileSync(file, 'utf8');
      const reasons = reasonsIn(source);
      expect(reasons).toHaveLength(source.split('new MalformedData(').length - 1);
      expect(reasons.filter((reason) => reason.length > maxReasonLength)).toEqual([]);
    },
  );

  test('is told whole of a capture that PayPal took back', () => {
    const read = readEach(() => [{}], {
      keyOf: () => 'k',
      normalise: () => {
        subjectOf('PAYMENT.CAPTURE.REVERSED', {});
        throw new Error('it was read');
      },
    });
    expect(read).toMatchObject({
      value: [
        { subject: { type: 'unreadable', detail: expect.stringMatching(/^PayPal took a capture back.* books here$/) } },
      ],
    });
  });
});
