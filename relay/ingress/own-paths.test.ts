import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { OWN_PATHS, WSS_PATH, dataPath } from '../../common/tunnel/protocol.ts';
import { upgradeServer } from '../testing/peer.ts';
import { bothVersions } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
const reached: string[] = [];
beforeAll(async () => {
  to = await startRelay();
  await to.connect({
    upgrades: upgradeServer((request, response) => {
      reached.push(request.url ?? '');
      response.writeHead(204).end();
    }),
    onStream: (stream, headers) => {
      reached.push(headers[':path'] ?? '');
      stream.respond({ ':status': 204 }, { endStream: true });
    },
  });
});
afterAll(async () => {
  await to.close();
});

it.each(bothVersions)('does not let the public speak for the relay over %s', async (_, call) => {
  for (const path of [dataPath.attach, `${dataPath.attach}?x=1`, WSS_PATH, OWN_PATHS]) {
    const { status, headers } = await call(to, { path });
    expect([status, headers['x-causeway-error']]).toEqual([404, 'PATH_NOT_ALLOWED']);
  }
  expect(reached).toEqual([]);
});

it('nor by an upgrade to a host that is a tunnel’s', async () => {
  const socket = new WebSocket(`wss://127.0.0.1:${to.publicPort}${WSS_PATH}`, {
    ca: to.publicCa,
    headers: { host: 'bot.test' },
  });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toContain('404');
  expect(reached).toEqual([]);
});
