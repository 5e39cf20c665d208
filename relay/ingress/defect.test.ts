import { expect, it } from 'vitest';
import { upgradeServer } from '../testing/peer.ts';
import { bothVersions, h1 } from '../testing/public.ts';
import { startRelay } from '../testing/relay.ts';

const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };

it.each([
  ...bothVersions.map(([name, call]) => [name, call, {}, 500] as const),
  ['an upgrade', h1, upgrade, 'broken'] as const,
])(
  'breaks off one request where something throws, over %s, and serves the next',
  async (_, call, headers, expected) => {
    const to = await startRelay({
      gates: [
        ({ path }) => {
          if (path === '/defect') throw new Error('a defect');
          return null;
        },
      ],
    });
    await to.connect({
      upgrades: upgradeServer((_request, response) => response.end()),
      onStream: (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
    });
    const outcome = call(to, { path: '/defect', headers }).then(
      ({ status }) => status,
      () => 'broken',
    );
    expect(await outcome).toBe(expected);
    expect((await call(to, { path: '/' })).status).toBe(204);
    await to.close();
  },
);
