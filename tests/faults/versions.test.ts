import { expect } from 'vitest';
import { controlPath, PROTOCOL_VERSION } from '../../common/tunnel/protocol.ts';
import { startPeer } from '../../main/core/tunnel/testing/peer.ts';
import { callOnce, enrolDevice } from '../../relay/testing/identity.ts';
import { connectPeer } from '../../relay/testing/peer.ts';
import { alpn } from '../../common/tunnel/protocol.ts';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { until } from './support/until.ts';
import { startAgent, startRelay, TUNNEL } from './support/world.ts';

fault(
  {
    id: 'T27',
    fault: 'other version at the other end',
    injectedBy: 'the two wire peers of protocol 1 that were written apart from the programs',
    promise:
      'protocol 1 works both ways, news of a later version is passed over, another protocol is refused by name',
  },
  async (figures) => {
    // An old device at this relay.
    const relay = await startRelay();
    const identity = await enrolDevice(relay.relay.createToken(TUNNEL, 60_000));
    const device = await connectPeer({
      identity,
      onStream: (stream, headers) => {
        stream.respond({ ':status': 200 });
        stream.end(String(headers[':path']));
      },
    });
    expect((await call(relay.public, { path: '/old-device' })).body).toBe('/old-device');
    device.close();
    const { host, port, ca, key, cert } = identity;
    const register = (body: object) =>
      callOnce({ host, port, ca, key, cert }, alpn.control, controlPath.register, {
        protocol: PROTOCOL_VERSION,
        version: '9.0.0',
        sessions: 2,
        clock: Date.now(),
        attempt: 0,
        ...body,
      });
    const later = await register({ inventedLater: { anything: true } });
    const other = await register({ protocol: PROTOCOL_VERSION + 1 });
    figures['device of a later version'] = later.status;
    figures['device of another protocol'] =
      JSON.stringify(other.body).match(/[A-Z_]{8,}/)?.[0] ?? '';
    expect(later.status).toBe(200);
    expect(figures['device of another protocol']).toBe('PROTOCOL_VERSION');

    // This device at an old and at a later relay.
    const peer = await startPeer();
    try {
      const agent = startAgent(peer.identity());
      await agent.reach('online');
      peer.tell({ type: 'invented-later', anything: true } as never);
      expect(await peer.get('/old-relay')).toMatchObject({ status: 200, body: 'GET /old-relay' });
      expect(agent.state().phase).toBe('online');
      await agent.tunnel.stop(0);
      peer.behaviour.refuse = {
        error: { code: 'PROTOCOL_VERSION', params: { device: 1, relay: 2 } },
      };
      const refused = startAgent(peer.identity());
      await until('refused', 5_000, () => refused.state().phase === 'refused');
      figures['relay of another protocol'] = 'refused, tried again after a minute';
    } finally {
      await peer.close();
    }
  },
);
