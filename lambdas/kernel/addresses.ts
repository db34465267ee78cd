import { BlockList, isIP, isIPv6 } from 'node:net';

/** Whether an IP address lies in one of the CIDR blocks. Something that is no address lies in none. */
export function isWithin(ip: string, blocks: readonly string[]): boolean {
  if (isIP(ip) === 0) return false;
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', bits = ''] = block.split('/');
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

/** Whether a text is a CIDR block, `203.0.113.0/24` or `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const [network = '', bits = '', ...rest] = text.split('/');
  const family = isIP(network);
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32);
}
