import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port on which nobody listens, for a program that is started with it or comes back on it. It is below the ranges from which Linux
 * (32768 and up), macOS and Windows (49152 and up) give ports to connections and to `listen(0)`: one that was free there a moment
 * ago may be another test's by the time it is used.
 */
export async function unusedPort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, host);
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
