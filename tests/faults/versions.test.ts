import { expect, onTestFinished } from 'vitest';
import { alpn, controlPath, PROTOCOL_VERSION } from '../../common/tunnel/protocol.ts';
import { startPeer } from '../../main/core/tunnel/testing/peer.ts';
import { callOnce, enrolDevice } from '../../relay/testing/identity.ts';
import { connectPeer, dialRelay } from '../../relay/testing/peer.ts';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { startAgent, startRelay, TUNNEL } from './support/world.ts';

const EARLIER = PROTOCOL_VERSION - 1;
const LATER = PROTOCOL_VERSION + 1;

fault(
  {
    id: 'T27',
    fault: 'device of another release at this relay',
    injectedBy:
      'wire peer written apart from the program: protocol 1 with nothing optional, with fields of a later release; protocols 0 and 2 by field and by ALPN id',
    promise: 'protocol 1 works, whatever else it says; another protocol is refused by name',
  },
  async (figures) => {
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
    figures['first release'] = 'served';
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
    figures['fields of a later release'] = later.status;
    expect(later.status).toBe(200);
    for (const protocol of [EARLIER, LATER]) {
      const { status, body } = await register({ protocol });
      const error = { code: 'PROTOCOL_VERSION', params: { device: protocol, relay: 1 } };
      expect([status, body]).toMatchObject([400, { error }]);
      figures[`protocol ${protocol}`] = error.code;
      const id = alpn.control.replace('/1', `/${protocol}`);
      figures[`ALPN ${id}`] = await dialRelay(identity, id).then(
        () => 'taken',
        (error_: NodeJS.ErrnoException) => error_.code ?? '',
      );
      expect(figures[`ALPN ${id}`]).toMatch(/ALERT_NO_APPLICATION_PROTOCOL$/);
    }
  },
);

fault(
  {
    id: 'T27',
    fault: 'this device at a relay of another release',
    injectedBy: 'the relay’s side of the wire, written apart from the program: the same cases',
    promise:
      'protocol 1 works, news of a later release is passed over; else PROTOCOL_VERSION, and no storm',
  },
  async (figures) => {
    const peer = await startPeer();
    onTestFinished(() => peer.close());
    const agent = startAgent(peer.identity());
    await agent.reach('online');
    // The device is online with its answer to the attach request; the other end still has to read it.
    await expect.poll(() => peer.attached.length).toBeGreaterThan(0);
    peer.tell({ type: 'invented-later', anything: true } as never);
    expect(await peer.get('/old-relay')).toMatchObject({ status: 200, body: 'GET /old-relay' });
    expect(agent.state().phase).toBe('online');
    figures['first release'] = 'served';
    await agent.tunnel.stop(0);
    for (const relay of [EARLIER, LATER]) {
      peer.behaviour.refuse = { error: { code: 'PROTOCOL_VERSION', params: { device: 1, relay } } };
      const refused = startAgent(peer.identity());
      await refused.reach('refused');
      const state = refused.state();
      if (state.phase !== 'refused') throw new Error(state.phase);
      figures[`protocol ${relay}`] = state.error.code;
      expect(state.error).toEqual({ code: 'PROTOCOL_VERSION', params: { device: 1, relay } });
      expect(state.retryAt - state.since).toBeGreaterThanOrEqual(60_000);
      await refused.tunnel.stop(0);

      const id = alpn.control.replace('/1', `/${relay}`);
      const other = await startPeer({ alpns: [id] });
      onTestFinished(() => other.close());
      const lost = startAgent(other.identity());
      await lost.reach('waiting');
      const waiting = lost.state();
      figures[`ALPN ${id}`] = waiting.phase === 'waiting' ? waiting.error.code : waiting.phase;
      expect(figures[`ALPN ${id}`]).toBe('RELAY_NOT_CAUSEWAY');
      await lost.tunnel.stop(0);
    }
  },
);
