// A relay as a process of its own, so that it can be killed at any moment. Its data directory must have a CA.
import { silentLogger } from '../../common/domain/log.ts';
import { createRelay } from '../relay.ts';

const [dataDir = '', cert = '', key = ''] = process.argv.slice(2);
const loopback = { host: '127.0.0.1', port: 0 };
const relay = await createRelay({
  dataDir,
  listen: { public: loopback, control: loopback, admin: loopback },
  controlHost: '127.0.0.1',
  publicTls: { cert, key },
  name: 'child',
  fixedIp: null,
  egressAllow: [],
  log: silentLogger,
  version: '0.0.0',
});
process.stdout.write(`${relay.addresses.public}\n`);
