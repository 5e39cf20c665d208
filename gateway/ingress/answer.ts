import type { ErrorCode } from '../../common/errors/codes.ts';
import { header } from '../../common/tunnel/protocol.ts';

/** What a door sends back. `drop` closes the socket or resets the stream: WeCom sees a network error and tries again. */
export type Answer =
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Buffer;
    }
  | { readonly kind: 'drop' };

export const drop: Answer = { kind: 'drop' };

/** A 200 with exactly `body`: WeCom reads nothing else out of it. */
export function accept(body: string | Buffer = '', contentType = 'text/plain'): Answer {
  return respond(200, body, contentType);
}

/** An error of the gateway's own: `{"error":{"code":…}}`, and the code as a header for the hops before. */
export function refuse(
  status: number,
  code: ErrorCode,
  more: Readonly<Record<string, string>> = {},
): Answer {
  const body = JSON.stringify({ error: { code } });
  return respond(status, body, 'application/json', { [header.error]: code, ...more });
}

/** Any answer with a body of known length. */
export function respond(
  status: number,
  body: string | Buffer,
  contentType: string,
  more: Readonly<Record<string, string>> = {},
): Answer {
  return {
    kind: 'respond',
    status,
    headers: {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      [header.source]: 'agent',
      ...more,
    },
    body,
  };
}
