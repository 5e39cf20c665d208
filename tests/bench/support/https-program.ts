// Node's own HTTPS server and nothing else: what a public connection costs that no program can do without.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { residentMemory } from '../../faults/support/measure.ts';

const [cert = '', key = ''] = process.argv.slice(2);
const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key) },
  (_request, response) => response.end(),
);
server.listen(0, '127.0.0.1', () => {
  process.send?.({ ready: { port: String((server.address() as AddressInfo).port) } });
});
process.on('message', () => void residentMemory().then((memory) => process.send?.(memory)));
process.on('disconnect', () => process.exit(0));
