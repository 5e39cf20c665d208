import { isIP } from 'node:net';
import { plainAddress, type SourceList } from './source-list.ts';

/** How much of `X-Forwarded-For` is read, from its right end: further left stands what anybody may have sent. */
const MAX_FIELD = 2_048;

/**
 * Who a request is from. What `X-Forwarded-For` says counts only where a trusted proxy wrote it: from its right end, entry
 * by entry, as long as the one before is trusted. The first that is not is the client.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | readonly string[] | undefined,
  trusted: SourceList | null,
): string {
  if (trusted === null || forwardedFor === undefined || !trusted.has(peer)) return peer;
  const whole = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
  // Never the proxy's own address because a client wrote much: that one may be on a white-list.
  const text = whole.length > MAX_FIELD ? whole.slice(-MAX_FIELD) : whole;
  let client = peer;
  for (const entry of text.split(',').toReversed()) {
    const address = addressOf(entry);
    if (address === null) return client;
    client = address;
    if (!trusted.has(address)) return client;
  }
  return client;
}

/** The address of an entry, which may carry a port; null for a name, `unknown` or anything else. */
function addressOf(entry: string): string | null {
  const text = entry.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(text)?.[1];
  const address = plainAddress(bracketed ?? withPort ?? text);
  return isIP(address) === 0 ? null : address;
}
