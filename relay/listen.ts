import type { Server } from 'node:net';
import { AppError } from '../common/errors/app-error.ts';
import type { Listen } from './types.ts';

/** Starts to listen. Throws `PORT_IN_USE` when something else has the port. */
export function listenOn(server: Server, { host, port }: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      reject(
        cause.code === 'EADDRINUSE' ? new AppError('PORT_IN_USE', { port }, { cause }) : cause,
      );
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
}
