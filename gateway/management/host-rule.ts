import { isIP } from 'node:net';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Which `Host` headers are answered. On loopback only loopback's own names and `listenHost`: a web page that rebinds its
 * name to 127.0.0.1 still sends that name. A port open to the network is reached under names unknown here.
 */
export function createHostRule(listenHost: string): (host: string | undefined) => boolean {
  const own = isIP(listenHost) === 6 ? `[${listenHost}]` : listenHost.toLowerCase();
  const loopback = loopbackNames.has(own) || own.startsWith('127.');
  if (!loopback) return () => true;
  return (host) => {
    const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
    return loopbackNames.has(name) || name === own;
  };
}
