import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test.each([
  [[], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
  [['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
  [['10.0.0.0/8'], '10.0.0.1', '1.2.3.4', '1.2.3.4'],
  [['10.0.0.0/8'], '10.0.0.1', '9.9.9.9, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
  [['10.0.0.0/8'], '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
  [['10.0.0.1'], '10.0.0.2', '1.2.3.4', '10.0.0.2'],
  [['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
  [['127.0.0.1'], '::ffff:127.0.0.1', '1.2.3.4', '1.2.3.4'],
  [['no network'], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
])('with %j trusted, %s that forwards for %s is %s', (trusted, remote, forwarded, client) => {
  expect(clientAddress(trusted)(request(remote, forwarded))).toBe(client);
});
