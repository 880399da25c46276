/** What an address stands for, whichever way it is written. */
import { isIPv4, isIPv6 } from 'node:net';

/** First 96 bits of addresses that carry an IPv4 address in the last 32: mapped, compatible, NAT64. */
const CARRIERS = [
  [0, 0, 0, 0, 0, 0xffff],
  [0, 0, 0, 0, 0xffff, 0],
  [0, 0, 0, 0, 0, 0],
  [0x64, 0xff9b, 0, 0, 0, 0],
] as const;
const SIX_TO_FOUR = 0x2002;

/**
 * The address that counts: of an IPv6 address that carries an IPv4 address, the latter, because a translator or
 * tunnel on the way would take it there. Undefined where the text is no address.
 */
export function effectiveAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const plain = text.replace(/%.*$/s, '');
  if (!isIPv6(plain)) return undefined;
  return embedded(groups(plain)) ?? plain;
}

function embedded(g: readonly number[]): string | undefined {
  if (g[0] === SIX_TO_FOUR) return dotted(g[1], g[2]);
  const carries = CARRIERS.some((prefix) => prefix.every((group, i) => g[i] === group));
  // "::" and "::1" look compatible, but are addresses of their own.
  const own = g.slice(0, 7).every((group) => group === 0) && (g[7] ?? 0) <= 1;
  return carries && !own ? dotted(g[6], g[7]) : undefined;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of a valid IPv6 address. */
function groups(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = words(head);
  if (tail === undefined) return left;
  const right = words(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function words(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((word) => {
    if (!word.includes('.')) return [Number.parseInt(word, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = word.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
