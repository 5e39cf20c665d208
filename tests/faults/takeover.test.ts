import { expect } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createCore, createFileSecretBox } from '../../main/core/index.ts';
import { createTunnelClient } from '../../main/core/tunnel/index.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { openSockets } from './support/measure.ts';
import { origin } from './support/origin.ts';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { openWire } from './support/wire.ts';
import { join } from 'node:path';
import {
  bothSessions,
  startAgent,
  startRelay,
  startRelayProcess,
  temporaryFolder,
} from './support/world.ts';

const ROUNDS = 100;

fault(
  {
    id: 'T6',
    fault: `silent reconnect with the same identity, ${ROUNDS} times`,
    injectedBy:
      'the old connections swallowed by the wire, a new client of the same device each time',
    promise: 'P4: takeover within 1 s, never "already bound", no session or socket left behind',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const identity = await relay.newDevice();
    // A program that has served already: what it took to warm up is not what a takeover leaves behind.
    const first = startAgent(identity);
    await bothSessions(first);
    for (let n = 0; n < 200; n += 1) await call(relay.public, { path: `/warm/${n}` });
    await first.tunnel.stop(0);
    await until('freed', 5_000, async () => (await relay.program().stats()).sessions === 0);
    const before = await relay.program().stats();
    let slowest = 0;
    const olds: { stop: () => Promise<void> }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const wire = await openWire(relay.options.controlPort);
      const tunnel = createTunnelClient({
        log: silentLogger,
        version: '0.0.0',
        handleStream: origin,
        onIdentity: async () => undefined,
        onChange: () => undefined,
      });
      tunnel.setIdentity({ ...identity, endpoint: { host: '127.0.0.1', port: wire.port } });
      const began = performance.now();
      tunnel.connect();
      await until('online', 5_000, () => tunnel.view().state.phase === 'online');
      const { body } = await call(relay.public, { path: `/${round}` });
      expect(body).toBe(`GET /${round}`);
      slowest = Math.max(slowest, performance.now() - began);
      wire.mode('blackhole');
      olds.push({
        stop: async () => {
          await tunnel.stop(0);
          await wire.close();
        },
      });
      if (round % 10 === 9) await Promise.all(olds.splice(0).map((old) => old.stop()));
    }
    await Promise.all(olds.map((old) => old.stop()));
    const last = startAgent(identity);
    await bothSessions(last);
    await until('one owner', 5_000, async () => (await relay.program().stats()).sessions === 2);
    await last.tunnel.stop(0);
    await until('all freed', 5_000, async () => {
      const { sessions, sockets } = await relay.program().stats();
      return sessions === 0 && sockets <= before.sockets;
    });
    const after = await relay.program().stats();
    figures['slowest takeover ms'] = slowest;
    figures['relay sockets before / after'] = `${before.sockets} / ${after.sockets}`;
    figures['relay heap MB before / after'] =
      `${before.heapMb.toFixed(1)} / ${after.heapMb.toFixed(1)}`;
    expect(slowest).toBeLessThan(1_000);
    expect(after.heapMb).toBeLessThan(before.heapMb * 1.1);
  },
);

fault(
  {
    id: 'T28',
    fault: 'two programs with one identity',
    injectedBy: 'a second client of the same device while the first serves',
    promise: 'one owner, the other stands back for 60 s: no flapping',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    const first = startAgent(identity);
    await bothSessions(first);
    const second = startAgent(identity);
    await bothSessions(second);
    await first.reach('refused');
    await pause(3_000);
    const state = first.state();
    if (state.phase !== 'refused') throw new Error(`the first is ${state.phase}`);
    figures['first'] = state.error.code;
    figures['retry in s'] = (state.retryAt - Date.now()) / 1000;
    figures['registrations in 3 s'] =
      2 + first.tunnel.stats().reconnects + second.tunnel.stats().reconnects;
    expect(state.error.code).toBe('SESSION_DISPLACED');
    expect(state.retryAt - Date.now()).toBeGreaterThan(50_000);
    expect(figures['registrations in 3 s']).toBe(2);
    expect(relay.sessions()).toBe(2);
    expect((await call(relay.public, { path: '/' })).name).toBe('200');
  },
);

fault(
  {
    id: 'T29',
    fault: 'port taken, second instance',
    injectedBy: 'another listener on each of the relay’s ports; the same data directories again',
    promise: 'a clear code each time, nothing left open, the running one serves on',
  },
  async (figures) => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const free = { host: '127.0.0.1', port: 0 };
    const before = openSockets();
    for (const name of ['public', 'control', 'admin'] as const) {
      const listen = {
        public: free,
        control: free,
        admin: free,
        [name]: { host: '127.0.0.1', port },
      };
      await expect(startRelay({}, { listen })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        params: { port },
      });
    }
    expect(openSockets()).toBe(before);
    taken.close();

    const relay = await startRelay();
    const agent = startAgent(await relay.newDevice());
    await bothSessions(agent);
    await expect(startRelay({}, { dataDir: relay.dataDir })).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
    });
    const dataDir = await temporaryFolder('core');
    const options = {
      dataDir,
      secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
      host: {},
      version: '0.0.0',
      systemLocale: 'en' as const,
      managementListen: free,
    };
    const core = await createCore(options);
    try {
      await expect(createCore(options)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
      const managementListen = {
        host: '127.0.0.1',
        port: Number(new URL(core.gatewayAddress).port),
      };
      const elsewhere = { ...options, dataDir: await temporaryFolder('core'), managementListen };
      await expect(createCore(elsewhere)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    } finally {
      await core.stop(0);
    }
    expect((await call(relay.public, { path: '/' })).name).toBe('200');
    figures['codes'] = '4 × PORT_IN_USE, 2 × DATA_DIR_IN_USE';
  },
);
