import { isIPv6 } from 'node:net';

/**
 * What limits count a client's address as: IPv6 addresses by their first 64 bits, since a single computer has all of
 * these; IPv4 as it is, however it is written.
 */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  // a zone (`%eth0`) is the server's own business
  const [head = '', tail] = (ip.split('%', 1)[0] ?? '').toLowerCase().split('::', 2);
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const [first, last] = [groups(head), groups(tail)];
  // the last group may be an IPv4 address, which stands for two
  const width = first.length + last.length + (ip.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - width)).fill('0');
  const prefix = [...first, ...zeros, ...last].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}
