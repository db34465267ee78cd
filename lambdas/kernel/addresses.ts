import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * Where IPv6 writes IPv4 addresses, `::ffff:203.0.113.7` [RFC 4291 section 2.5.5.2]. Such an address is the IPv4 address that it
 * holds, and lies in blocks of IPv4 only. Node matches it with blocks of either family, and every IPv4 address with this block: so
 * no block may touch it, and none of the other family is ever asked.
 */
const mapped = '::ffff:0:0';
const mappedBlock = newBlockList([`${mapped}/96`]);

/** Whether an IP address lies in one of the CIDR blocks. Something that is no address lies in none. */
export function isWithin(ip: string, blocks: readonly string[]): boolean {
  if (isIP(ip) === 0) return false;
  const family = isIPv4(ip) || holds(mappedBlock, ip) ? isIPv4 : isIPv6;
  const list = newBlockList(blocks.filter((block) => family(networkOf(block))));
  return holds(list, ip);
}

/** Whether every address of one CIDR block lies in the other. Blocks of two families have nothing in common. */
export function isBlockWithin(block: string, outer: string): boolean {
  const network = networkOf(block);
  return isIP(network) === isIP(networkOf(outer)) && bitsOf(block) >= bitsOf(outer) && isWithin(network, [outer]);
}

/**
 * Whether a text is a CIDR block, `203.0.113.0/24` or `2001:db8::/32`. A block of IPv6 that holds mapped IPv4 addresses is none,
 * and neither is one with a zone (`fe80::1%eth0/64`), which means something on one machine only.
 */
export function isCidr(text: string): boolean {
  const [network = '', bits = '', ...rest] = text.split('/');
  const family = isIP(network);
  if (rest.length > 0 || family === 0 || network.includes('%') || !/^\d{1,3}$/.test(bits)) return false;
  if (family === 4) return Number(bits) <= 32;
  return Number(bits) <= 128 && !holds(mappedBlock, network) && !holds(newBlockList([text]), mapped);
}

/**
 * What limits count an address as. One of IPv6 counts as its /64, which is what a subscriber has at the least, with 2^64 addresses to
 * choose from [RFC 6177, RFC 4291 section 2.5.4]; a mapped one as the IPv4 address that it holds. Anything else counts as what it says.
 */
export function limitedAddressOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  // A URL's host writes an address in one form [URL Standard: IPv6 serializer]. A zone says nothing of whose it is.
  const [front = '', back] = new URL(`http://[${ip.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::');
  const [head, tail] = [groupsOf(front), groupsOf(back ?? '')];
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  if (holds(mappedBlock, ip)) {
    return groups
      .slice(6)
      .map((group) => Number.parseInt(group, 16))
      .flatMap((pair) => [Math.floor(pair / 256), pair % 256])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function newBlockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const network = networkOf(block);
    list.addSubnet(network, bitsOf(block), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return list;
}

function holds(list: BlockList, ip: string): boolean {
  return list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

function networkOf(block: string): string {
  return block.split('/')[0] ?? '';
}

function bitsOf(block: string): number {
  return Number(block.split('/')[1]);
}
