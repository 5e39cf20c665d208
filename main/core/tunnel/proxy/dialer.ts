import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { AppError } from '../../../../common/errors/app-error.ts';
import type { Dialer, Endpoint } from '../dial.ts';
import { endpointText } from '../identity.ts';
import { trustedRoots } from '../transport/roots.ts';
import { connectThrough } from './connect.ts';
import type { Proxy, ProxySource } from './proxy.ts';

/** A dialer that goes by the ways of `source`, one after another until one leads through. `straight` opens TCP. */
export function proxyDialer(source: ProxySource, straight: Dialer): Dialer {
  const open = async (proxy: Proxy, signal: AbortSignal): Promise<Duplex> => {
    const socket = await straight(proxy, signal);
    return proxy.secure ? secureProxy(socket, proxy, signal) : socket;
  };
  return async (target: Endpoint, signal) => {
    const ways = await source(target);
    let failure: unknown = new AppError('PROXY_REFUSED', {
      proxy: endpointText(target),
      reason: 'only ways that are not supported',
    });
    for (const way of ways) {
      try {
        if (way === 'direct') return await straight(target, signal);
        return await connectThrough(way, target, (inner) => open(way, inner), signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        failure = thrown;
      }
    }
    throw failure;
  };
}

function secureProxy(socket: Duplex, proxy: Proxy, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      host: proxy.host,
      servername: proxy.host,
      ca: trustedRoots(),
      ALPNProtocols: ['http/1.1'],
    });
    const onAbort = (): void => {
      secured.destroy(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
    secured.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      secured.removeListener('error', onError);
      resolve(secured);
    });
    const onError = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    secured.once('error', onError);
  });
}
