import type { Server } from 'node:net';
import { AppError } from '../common/errors/app-error.ts';
import type { Listen } from './types.ts';

/** Starts to listen. Throws `PORT_IN_USE` when something else has the port, `CONFIG_INVALID` where the system cannot share it. */
export function listenOn(server: Server, { host, port, shared = false }: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      reject(reasonOf(cause, port, shared));
    };
    server.once('error', onError);
    server.listen({ host, port, reusePort: shared }, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
}

function reasonOf(cause: NodeJS.ErrnoException, port: number, shared: boolean): Error {
  if (cause.code === 'EADDRINUSE') return new AppError('PORT_IN_USE', { port }, { cause });
  // libuv shares ports where the kernel balances them: Linux, FreeBSD and a few more, not Windows or macOS.
  if (shared && cause.code === 'ENOTSUP') {
    const reason = 'this system does not share ports';
    return new AppError('CONFIG_INVALID', { key: 'listen.sharePublic', reason }, { cause });
  }
  return cause;
}
