import fc from 'fast-check';

import { isBlockWithin, isCidr, isWithin, limitedAddressOf } from '../../lambdas/kernel/addresses';

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const ipv6 = fc
  .array(fc.oneof(fc.constantFrom(0, 0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
/** Half of them in or near the range of mapped addresses. */
const nearMapped = fc
  .tuple(fc.constantFrom('0', '1'), fc.constantFrom('ffff', 'fffe', '0'), fc.nat(0xffff), fc.nat(0xffff))
  .map(([fifth, sixth, a, b]) => `0:0:0:0:${fifth}:${sixth}:${a.toString(16)}:${b.toString(16)}`);
const blocks4 = fc.tuple(ipv4, fc.nat(32)).map(([network, bits]) => `${network}/${String(bits)}`);
const blocks6 = fc
  .tuple(fc.oneof(ipv6, nearMapped), fc.oneof(fc.nat(128), fc.constantFrom(0, 20, 80, 95, 96, 97, 128)))
  .map(([network, bits]) => `${network}/${String(bits)}`);

const mappedForms = (ip: string): readonly string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return [`::ffff:${ip}`, `::FFFF:${ip}`, `::ffff:${hex}`, `0:0:0:0:0:ffff:${hex}`];
};

describe('an IPv4 address', () => {
  test('lies in no block of IPv6 that is one, however it is written', () => {
    fc.assert(
      fc.property(ipv4, blocks6, (ip, block) => {
        fc.pre(isCidr(block));
        for (const form of [ip, ...mappedForms(ip)]) expect([form, isWithin(form, [block])]).toEqual([form, false]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('lies in the same blocks of IPv4, however it is written', () => {
    fc.assert(
      fc.property(ipv4, blocks4, (ip, block) => {
        for (const form of mappedForms(ip)) expect(isWithin(form, [block])).toBe(isWithin(ip, [block]));
      }),
    );
  });
});

test('a block lies in another only with every address', () => {
  const blocks = fc.oneof(blocks4, blocks6);
  fc.assert(
    fc.property(blocks, blocks, fc.oneof(ipv4, ipv6, nearMapped), (block, outer, ip) => {
      fc.pre(isCidr(block) && isCidr(outer) && isBlockWithin(block, outer) && isWithin(ip, [block]));
      expect(isWithin(ip, [outer])).toBe(true);
    }),
    { maxSkipsPerRun: 100_000, numRuns: 20 },
  );
  expect(isBlockWithin('10.1.0.0/16', '10.0.0.0/8')).toBe(true);
  expect(isBlockWithin('10.0.0.0/8', '10.1.0.0/16')).toBe(false);
  expect(isBlockWithin('::ffff:10.0.0.0/96', '10.0.0.0/8')).toBe(false);
});

test.each([
  ['203.0.113.0/24', true],
  ['0.0.0.0/0', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0', false],
  ['10.0.0.0/8/8', false],
  ['example.com/8', false],
  ['2001:db8::/32', true],
  ['2000::/3', true],
  ['::1/128', true],
  ['2001:db8::/129', false],
  ['fe80::1%eth0/64', false],
  // They hold every IPv4 address, some of them, or one.
  ['::/0', false],
  ['::/20', false],
  ['::/80', false],
  ['::ffff:0:0/96', false],
  ['::FFFF:10.0.0.0/96', false],
  ['::ffff:10.0.0.0/104', false],
  ['0:0:0:0:0:ffff:a00:1/128', false],
  // Beside them.
  ['::/96', true],
  ['::fffe:0:0/96', true],
])('%s as a CIDR block: %s', (text, is) => {
  expect(isCidr(text)).toBe(is);
});

describe('what limits count an address as', () => {
  test.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:0.0.0.9', '0.0.0.9'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%s is %s', (ip, counted) => {
    expect(limitedAddressOf(ip)).toBe(counted);
  });

  test('is one for all of a /64, and another for the next', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const eight = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(eight, eight, (one, other) => {
        fc.pre(one.slice(0, 5).some((each) => each !== 0));
        const written = (groups: readonly number[]) => groups.map((each) => each.toString(16)).join(':');
        const front = one.slice(0, 4);
        const counted = limitedAddressOf(written(one));
        if (front.some((each) => each !== 0)) {
          expect(limitedAddressOf(written([...front, ...other.slice(4)]))).toBe(counted);
          expect(isWithin(written(one), [counted])).toBe(true);
        }
        const same = front.every((each, index) => each === other[index]);
        expect(limitedAddressOf(written(other)) === counted).toBe(same);
      }),
    );
  });
});
