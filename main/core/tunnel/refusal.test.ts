import { describe, expect, it } from 'vitest';
import { controlPath } from '../../../common/tunnel/protocol.ts';
import type { TestClient } from './testing/client.ts';
import { createCa } from './testing/pki.ts';
import { ca, clientOf, failure, peerOf } from './testing/quick.ts';

const DAY = 86_400_000;

async function refusal(client: TestClient): Promise<string> {
  const { state } = await client.phase('refused');
  if (state.phase !== 'refused') throw new Error(state.phase);
  expect(state.retryAt - state.since).toBeGreaterThanOrEqual(60_000);
  return state.error.code;
}

describe('the relay says no', () => {
  it.each(['CERT_REVOKED', 'CERT_EXPIRED', 'CERT_UNKNOWN_DEVICE', 'PROTOCOL_VERSION'] as const)(
    '%s to the registration: refused, tried again after a minute',
    async (code) => {
      const peer = await peerOf();
      peer.behaviour.refuse = { error: { code, params: {} } };
      expect(await refusal(clientOf(peer.identity()))).toBe(code);
      expect(peer.calls).toEqual([controlPath.register]);
    },
  );

  it('as an event in a live session: cut, and never in again', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    await client.phase('online');
    await peer.until(() => peer.attached.length === 2 && peer.calls.includes(controlPath.events));
    peer.tell({ type: 'revoked', error: { code: 'CERT_REVOKED', params: {} } });
    expect(await refusal(client)).toBe('CERT_REVOKED');
    await peer.until(() => peer.attached.length === 0);
  });

  it('to a heartbeat of a live session', async () => {
    const peer = await peerOf();
    peer.behaviour.heartbeatMs = 20;
    const client = clientOf(peer.identity());
    await client.phase('online');
    peer.behaviour.refuse = { error: { code: 'SESSION_DISPLACED', params: {} } };
    expect(await refusal(client)).toBe('SESSION_DISPLACED');
  });

  it('because another process took over: one owner, no flapping', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    await client.phase('online');
    await peer.until(() => peer.calls.includes(controlPath.events));
    peer.tell({ type: 'displaced', generation: 9 });
    expect(await refusal(client)).toBe('SESSION_DISPLACED');
    client.tunnel.wake();
    expect(client.tunnel.view().state.phase).toBe('refused');
    client.tunnel.connect();
    expect(client.tunnel.view().state.phase).toBe('connecting');
  });

  it('with a time: it is asked again after that time', async () => {
    const peer = await peerOf();
    peer.behaviour.refuse = { error: { code: 'RELAY_DRAINING', params: {} }, retryAfterMs: 50 };
    const client = clientOf(peer.identity());
    expect(await failure(client)).toBe('RELAY_DRAINING');
    peer.behaviour.refuse = null;
    await client.phase('online');
  });

  it('in a code of a newer relay', async () => {
    const peer = await peerOf();
    peer.behaviour.refuse = { error: { code: 'SOMETHING_NEW' as 'INTERNAL', params: {} } };
    expect(await failure(clientOf(peer.identity()))).toBe('SESSION_LOST');
  });
});

describe('TLS says no', () => {
  it('to the relay, of an unknown CA', async () => {
    const peer = await peerOf();
    const identity = { ...peer.identity(), ca: createCa('Other').certificate };
    expect(await refusal(clientOf(identity))).toBe('RELAY_UNTRUSTED');
  });

  it('to the relay, made out to another name', async () => {
    const peer = await peerOf({ server: ca.issue({ hosts: ['elsewhere.example'] }) });
    expect(await refusal(clientOf(peer.identity()))).toBe('RELAY_WRONG_NAME');
  });

  it('to the relay, expired', async () => {
    const life = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const peer = await peerOf({ server: ca.issue({ hosts: ['127.0.0.1'], ...life }) });
    expect(await refusal(clientOf(peer.identity()))).toBe('RELAY_CERT_EXPIRED');
  });

  it('to the relay, expired by our clock only: the relay is asked for its own', async () => {
    const life = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const peer = await peerOf({ server: ca.issue({ hosts: ['127.0.0.1'], ...life }) });
    peer.behaviour.skewMs = -2 * DAY;
    const ours = { notBefore: Date.now() - 3 * DAY, notAfter: Date.now() + 9 * DAY };
    const client = clientOf(peer.identity(ours));
    expect(await refusal(client)).toBe('CLOCK_SKEW');
    const { state } = client.tunnel.view();
    expect(state).toMatchObject({ error: { params: { reason: 'RELAY_CERT_EXPIRED' } } });
    const { seconds } = 'error' in state ? state.error.params : {};
    expect(Math.round(Number(seconds) / 3_600)).toBe(-48);
  });

  it('to the relay, expired, whose own clock has gone back to before it signed our certificate', async () => {
    const life = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const peer = await peerOf({ server: ca.issue({ hosts: ['127.0.0.1'], ...life }) });
    peer.behaviour.skewMs = -4 * DAY;
    const ours = { notBefore: Date.now() - 3 * DAY, notAfter: Date.now() + 9 * DAY };
    expect(await refusal(clientOf(peer.identity(ours)))).toBe('RELAY_CERT_EXPIRED');
  });

  it('to the relay, expired only by a clock that is behind our own certificate', async () => {
    const life = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const peer = await peerOf({ server: ca.issue({ hosts: ['127.0.0.1'], ...life }) });
    const ours = { notBefore: Date.now() + DAY, notAfter: Date.now() + 9 * DAY };
    expect(await refusal(clientOf(peer.identity(ours)))).toBe('CLOCK_SKEW');
  });

  it('to the relay, not valid yet', async () => {
    const life = { notBefore: Date.now() + DAY, notAfter: Date.now() + 9 * DAY };
    const peer = await peerOf({ server: ca.issue({ hosts: ['127.0.0.1'], ...life }) });
    expect(await refusal(clientOf(peer.identity()))).toBe('CLOCK_SKEW');
  });
});
