import type { Endpoint } from '../dial.ts';

/** An HTTP proxy that is asked to CONNECT (RFC 9110 §9.3.6). */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Whether the connection to the proxy itself is TLS. */
  readonly secure: boolean;
  readonly credentials: { readonly username: string; readonly password: string } | null;
}

/** A way to a target: a proxy, or straight. */
export type Way = Proxy | 'direct';

/** Says by which ways a target is to be tried, in their order; never none. */
export type ProxySource = (target: Endpoint) => Promise<readonly Way[]>;

/** Reads `http://user:password@proxy.example:3128`; `https:` means TLS to the proxy. Null for anything else. */
export function parseProxyUrl(text: string): Proxy | null {
  // Variables are often written without the scheme.
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.hostname === '' || url.pathname.length > 1 || url.search !== '' || url.hash !== '')
    return null;
  const secure = url.protocol === 'https:';
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === null || password === null) return null;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    credentials: username === '' ? null : { username, password },
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
