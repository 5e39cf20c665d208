// A gateway in a process of its own, for tests that kill it. Takes its data directory and configuration as JSON and
// prints its address once it listens. SIGTERM drains it.
import { Agent } from 'undici';
import { silentLogger } from '../../common/domain/log.ts';
import { createGateway } from '../gateway.ts';
import type { GatewayConfig } from '../types.ts';

const [dataDir = '', config = ''] = process.argv.slice(2);
const agent = new Agent();
const gateway = await createGateway({
  dataDir,
  config: JSON.parse(config) as GatewayConfig,
  listen: { host: '127.0.0.1', port: 0 },
  log: silentLogger,
  egress: { via: 'direct', ip: () => null, dispatcher: () => agent },
  version: '0.0.0-test',
});
process.once('SIGTERM', () => {
  void gateway.close().then(() => process.exit(0));
});
process.stdout.write(`${gateway.address}\n`);
