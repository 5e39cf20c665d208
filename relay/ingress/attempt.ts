import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { header } from '../../common/tunnel/protocol.ts';
import type { ClientStream } from '../http2/client-stream.ts';
import { errorCode } from '../http2/errors.ts';
import type { DataSession } from '../registry/data-session.ts';
import { pumpBody } from './body.ts';
import type { Deadline } from './deadline.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './limits.ts';
import { tunnelHeaders } from './request-head.ts';
import { publicFields } from './response-head.ts';

/** What became of a request on one session, until the head of its answer. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly stream: ClientStream;
      readonly headers: IncomingHttpHeaders;
    }
  /** The deadline passed. */
  | { readonly kind: 'late' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  /** The client left. */
  | { readonly kind: 'gone' }
  /**
   * No answer will come. `untouched` when the agent certainly has not looked at the request, `linkDied` when it could not
   * have answered: otherwise it was the agent that broke the request off.
   */
  | { readonly kind: 'lost'; readonly untouched: boolean; readonly linkDied: boolean };

/** A collected body, a body that is streamed (of at most so many bytes), or none. */
export type Body = Buffer | { readonly streamUpTo: number } | null;

/** An answer that is passed on as it comes may be coded inside the tunnel. */
function requestHeaders(head: Exchange['head']): OutgoingHttpHeaders {
  const headers = tunnelHeaders(head);
  if (!head.isCallback && head.method !== 'HEAD') headers[header.acceptCoding] = 'gzip';
  return headers;
}

/**
 * Sends a request on a session and waits for the head of its answer. `probe` is called when that takes long: it asks all
 * sessions of the tunnel, because what silenced one may have silenced the one that the request would go to next.
 */
export function attempt(
  exchange: Exchange,
  session: DataSession,
  body: Body,
  deadline: Deadline,
  limits: IngressLimits,
  probe: () => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let stream: ClientStream;
    try {
      stream = session.open(requestHeaders(exchange.head), body === null);
      exchange.passage.sent(session.id);
    } catch {
      resolve({ kind: 'lost', untouched: true, linkDied: true });
      return;
    }
    // A session that does not answer is destroyed by the probe, which closes the stream.
    const slow = setTimeout(probe, limits.probeAfterMs);
    let settled = false;
    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      clearTimeout(slow);
      deadline.onExpire(null);
      if (outcome.kind !== 'answered') stream.cancel();
      resolve(outcome);
    };
    stream.on('error', () => undefined);
    // 100 has been said already where it was asked for.
    stream.on('headers', (headers) => {
      const status = Number(headers[':status']);
      if (!settled && status > 101) exchange.inform(status, publicFields(headers));
    });
    stream.once('response', (headers) => {
      const spans = headers[header.timing];
      if (typeof spans === 'string') exchange.passage.timed(spans);
      settle({ kind: 'answered', stream, headers });
    });
    stream.once('close', () => {
      // RFC 9113 §8.7: a refused stream, and one above the last of a GOAWAY, was not processed.
      const untouched = stream.rstCode === errorCode.REFUSED_STREAM;
      settle({ kind: 'lost', untouched, linkDied: untouched || !session.usable });
    });
    exchange.onGone(() => settle({ kind: 'gone' }));
    deadline.onExpire(() => settle({ kind: 'late' }));
    if (Buffer.isBuffer(body)) stream.end(body);
    else if (body !== null) {
      const giveUp = (outcome: Outcome): void => {
        if (!settled) settle(outcome);
        else {
          stream.cancel();
          exchange.breakOff();
        }
      };
      pumpBody(exchange, stream, body.streamUpTo, limits, {
        progress: () => {
          if (!settled) deadline.extend();
        },
        tooLarge: () => giveUp({ kind: 'too-large' }),
        tooSlow: () => giveUp({ kind: 'too-slow' }),
      });
    }
  });
}
