// localtunnel's server and client in one process; the server as one file, which `peers.ts` makes.
import { createRequire } from 'node:module';

const [, , bundle = '', port = '', origin = ''] = process.argv;
const require = createRequire(bundle);

type CreateServer = (options: object) => {
  listen(port: number, host: string, on: () => void): void;
};
type Localtunnel = (options: object) => Promise<unknown>;

const { default: createServer } = require(bundle) as { default: CreateServer };
createServer({ domain: 'lt.localhost', max_tcp_sockets: 64 }).listen(
  Number(port),
  '127.0.0.1',
  () => {
    void (require('localtunnel') as Localtunnel)({
      port: Number(origin),
      local_host: '127.0.0.1',
      host: `http://127.0.0.1:${port}`,
      subdomain: 'bench',
    }).then(() => process.send?.({ ready: {} }));
  },
);
process.on('disconnect', () => process.exit(0));
