import { header } from '../../common/tunnel/protocol.ts';
import type { ClientStream } from '../http2/client-stream.ts';
import { errorCode } from '../../common/http2/errors.ts';
import { tunnelHeaders } from '../ingress/request-head.ts';
import type { DataSession } from '../registry/data-session.ts';
import type { HeldCallback } from './held-store.ts';

/**
 * What became of a held callback on one session: `delivered` by a 200; `refused` by an answer that a repetition would not
 * change; `broken` off or answered with a 5xx by a gateway that is there; `lost` with its session.
 */
export type DeliveryResult =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string | null }
  | { readonly kind: 'broken' }
  | { readonly kind: 'lost' };

/** How long the gateway may take; nobody waits at the other end. */
const ANSWER_MS = 15_000;
/** 4xx that may be otherwise next time (RFC 9110 §15.5.9, RFC 8470, RFC 6585). */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** Sends a held callback into the tunnel, with the time since when it was held. */
export function deliverHeld(
  callback: HeldCallback,
  session: DataSession,
  probe: () => void,
): Promise<DeliveryResult> {
  return new Promise((resolve) => {
    let stream: ClientStream;
    try {
      const headers = tunnelHeaders(callback.head);
      headers['content-length'] = callback.body.length;
      headers[header.heldSince] = String(callback.heldAt);
      stream = session.request(headers, false);
    } catch {
      resolve({ kind: 'lost' });
      return;
    }
    const slow = setTimeout(probe, ANSWER_MS / 5);
    const late = setTimeout(() => settle({ kind: 'broken' }), ANSWER_MS);
    let settled = false;
    const settle = (result: DeliveryResult): void => {
      if (settled) return;
      settled = true;
      clearTimeout(slow);
      clearTimeout(late);
      if (result.kind === 'broken') stream.cancel();
      resolve(result);
    };
    stream.on('error', () => undefined);
    stream.once('response', (headers) => {
      const status = Number(headers[':status']);
      const code = headers[header.error];
      // Nobody waits for a reply any more.
      stream.resume();
      if (status === 200) settle({ kind: 'delivered' });
      else if (status >= 400 && status < 500 && !passing.has(status)) {
        settle({ kind: 'refused', status, code: typeof code === 'string' ? code : null });
      } else settle({ kind: 'broken' });
    });
    stream.once('close', () => {
      const untouched = stream.rstCode === errorCode.REFUSED_STREAM;
      settle({ kind: untouched || !session.usable ? 'lost' : 'broken' });
    });
    stream.end(callback.body);
  });
}
