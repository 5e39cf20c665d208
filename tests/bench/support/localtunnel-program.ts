// localtunnel's server and client in one process; their modules are given by path, because they are not ours.
import { createRequire } from 'node:module';

const [, , serverPath = '', clientPath = '', port = '', origin = ''] = process.argv;
const require = createRequire(import.meta.url);

type CreateServer = (options: object) => {
  listen(port: number, host: string, on: () => void): void;
};
type Localtunnel = (options: object) => Promise<unknown>;

const loaded = require(serverPath) as CreateServer | { default: CreateServer };
const createServer = typeof loaded === 'function' ? loaded : loaded.default;
createServer({ domain: 'lt.localhost', max_tcp_sockets: 64 }).listen(
  Number(port),
  '127.0.0.1',
  () => {
    void (require(clientPath) as Localtunnel)({
      port: Number(origin),
      local_host: '127.0.0.1',
      host: `http://127.0.0.1:${port}`,
      subdomain: 'bench',
    }).then(() => process.send?.({ ready: {} }));
  },
);
process.on('disconnect', () => process.exit(0));
