import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { patternAt, patternHash } from './support/origin.ts';
import type { ProgramStats } from './support/processes.ts';
import { call, tally, type Public } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { openWire } from './support/wire.ts';
import { startAgentProcess, startRelayProcess, through } from './support/world.ts';

const MB = 1 << 20;
const PIECE = 64 * 1024;

function* pieces(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += PIECE) yield patternAt(at, Math.min(PIECE, bytes - at));
}

fault(
  {
    id: 'T11',
    fault: '100 MB bodies: down, up, up chunked',
    injectedBy: 'origin and client of the test, relay and agent as processes',
    promise: 'P8: hashes equal, memory of relay and agent grows by at most 64 MB, also at its peak',
  },
  async (figures) => {
    const relay = await startRelayProcess({ limits: { bodyBytes: 128 * MB } });
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await until('sessions', 10_000, async () => (await relay.program().stats()).sessions === 2);
    // A program that has carried a body already: what it took to warm up is not what a body takes.
    await call(relay.public, { path: `/down?bytes=${10 * MB}`, hashOnly: true });
    const before = [await relay.program().stats(), await agent.stats()];
    const bytes = 100 * MB;
    const expected = patternHash(bytes);
    const down = await call(relay.public, { path: `/down?bytes=${bytes}`, hashOnly: true });
    expect([down.name, down.bytes, down.sha256]).toEqual(['200', bytes, expected]);
    figures['down MB/s'] = bytes / MB / (down.ms / 1_000);
    for (const chunked of [false, true]) {
      const headers: Record<string, string> = chunked ? {} : { 'content-length': String(bytes) };
      const up = await call(relay.public, {
        path: '/up',
        method: 'POST',
        body: pieces(bytes),
        headers,
      });
      expect(JSON.parse(up.body)).toEqual({ bytes, sha256: expected });
      figures[chunked ? 'up chunked MB/s' : 'up MB/s'] = bytes / MB / (up.ms / 1_000);
    }
    const after = [await relay.program().stats(), await agent.stats()];
    const grown = (mb: (stats: ProgramStats) => number): number[] =>
      after.map((stats, index) => mb(stats) - (before[index]?.rssMb ?? 0));
    const [lasting, peak] = [grown(({ rssMb }) => rssMb), grown(({ peakMb }) => peakMb)];
    figures['grew MB (at its peak): relay'] = `${lasting[0]?.toFixed(0)} (${peak[0]?.toFixed(0)})`;
    figures['agent'] = `${lasting[1]?.toFixed(0)} (${peak[1]?.toFixed(0)})`;
    for (const grew of [...lasting, ...peak]) expect(grew).toBeLessThan(64);
  },
  180_000,
);

/** Opens a download and reads nothing of it. */
async function openSlowReader(to: Public, bytes: number): Promise<IncomingMessage> {
  const request = https.get({
    host: '127.0.0.1',
    port: to.port,
    ca: to.ca,
    servername: to.host,
    path: `/down?bytes=${bytes}`,
    headers: { host: to.host },
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

const READERS = 40;

fault(
  {
    id: 'T12',
    fault: `fast origin, ${READERS} clients that do not read`,
    injectedBy: '32 MB each on offer, nothing read for 3 s, then all of it',
    promise: 'P7: memory held by a slow reader is at most its windows; every body arrives whole',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await until('sessions', 10_000, async () => (await relay.program().stats()).sessions === 2);
    const before = await relay.program().stats();
    const bytes = 32 * MB;
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => openSlowReader(relay.public, bytes)),
    );
    await pause(3_000);
    const during = await relay.program().stats();
    const quick = await call(relay.public, { path: '/meanwhile' });
    figures['relay grew MB'] = during.rssMb - before.rssMb;
    figures['on offer MB'] = (READERS * bytes) / MB;
    figures['agent MB'] = (await agent.stats()).rssMb;
    figures['meanwhile'] = `${quick.name} in ${Math.round(quick.ms)} ms`;
    expect(quick.name).toBe('200');
    // A stream window of 1 MiB in the tunnel, and as much again on the way out.
    expect(during.rssMb - before.rssMb).toBeLessThan(READERS * 2 + 30);
    const expected = patternHash(bytes);
    for (const reader of readers.slice(0, 3)) {
      const hash = createHash('sha256');
      for await (const chunk of reader) hash.update(chunk as Buffer);
      expect(hash.digest('hex')).toBe(expected);
    }
    for (const reader of readers) reader.destroy();
  },
);

fault(
  {
    id: 'T13',
    fault: 'origin that does not read an upload',
    injectedBy: '64 MB offered, not read for 4 s',
    promise: 'P6, P7: the window closes, nothing is buffered, other requests flow',
  },
  async (figures) => {
    const relay = await startRelayProcess({ limits: { bodyBytes: 128 * MB } });
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await until('sessions', 10_000, async () => (await relay.program().stats()).sessions === 2);
    const before = [await relay.program().stats(), await agent.stats()];
    const bytes = 64 * MB;
    const upload = call(relay.public, {
      path: '/pause?ms=4000',
      method: 'POST',
      body: pieces(bytes),
    });
    await pause(2_000);
    const during = [await relay.program().stats(), await agent.stats()];
    const others = tally();
    for (let n = 0; n < 50; n += 1) others.add(await call(relay.public, { path: `/${n}` }));
    const grown = during.map(({ rssMb }, index) => rssMb - (before[index]?.rssMb ?? 0));
    figures['relay grew MB'] = grown[0] ?? 0;
    figures['agent grew MB'] = grown[1] ?? 0;
    figures['others'] = others.text();
    figures['others p99 ms'] = others.percentile(0.99);
    expect(others.count('200')).toBe(50);
    for (const growth of grown) expect(growth).toBeLessThan(24);
    expect(JSON.parse((await upload).body)).toEqual({ bytes, sha256: patternHash(bytes) });
  },
);

const RESETS = 20;

fault(
  {
    id: 'T14',
    fault: `short soak, ${RESETS} resets of every connection`,
    injectedBy:
      'RST by a wire, half a second after the last one was overcome; bodies of random size, hashed',
    promise:
      'P7: no body is changed, every request has its answer, served again each time, memory within +10 %, sockets freed',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const wire = await openWire(relay.options.controlPort);
    const agent = await startAgentProcess({
      identity: through(await relay.newDevice(), wire.port),
    });
    const sessions = async () => (await relay.program().stats()).sessions;
    await until('sessions', 10_000, async () => (await sessions()) === 2);
    const outcomes = tally();
    let mismatches = 0;
    const over = new AbortController();
    const loop = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const body = randomBytes(1 + Math.floor(Math.random() * 256 * 1024));
        const outcome = await call(relay.public, { path: '/up', body, deadlineMs: 10_000 });
        outcomes.add(outcome);
        if (outcome.name !== '200') await pause(20);
        else if (
          (JSON.parse(outcome.body) as { sha256: string }).sha256 !==
          createHash('sha256').update(body).digest('hex')
        ) {
          mismatches += 1;
        }
      }
    };
    const loops = Array.from({ length: 8 }, loop);
    // What a program takes to warm up is not what a reset leaves behind.
    await until('warm', 20_000, () => outcomes.count('200') > 200);
    const before = [await relay.program().stats(), await agent.stats()];
    let slowest = 0;
    for (let reset = 0; reset < RESETS; reset += 1) {
      await pause(500);
      wire.reset();
      const served = outcomes.count('200');
      // Answers that had left the relay already may still come in.
      const again = () => outcomes.count('200') > served + loops.length;
      slowest = Math.max(slowest, await until('served again', 15_000, again));
    }
    over.abort();
    await Promise.all(loops);
    await until('both sessions', 10_000, async () => (await sessions()) === 2);
    // Some resets under load go unnoticed until the next ping or the end of a drain: within P1's 40 s.
    figures['sockets freed ms'] = await until('sockets freed', 40_000, async () => {
      const { sockets } = await relay.program().stats();
      return sockets <= 3 && (await agent.stats()).sockets <= 3;
    });
    const after = [await relay.program().stats(), await agent.stats()];
    figures['requests'] = outcomes.text();
    figures['mismatches'] = mismatches;
    figures['reconnects'] = after[1]?.reconnects ?? 0;
    figures['slowest back ms'] = slowest;
    for (const [index, name] of ['relay', 'agent'].entries()) {
      const [was, is] = [before[index]?.heapMb ?? 0, after[index]?.heapMb ?? 0];
      figures[`${name} heap MB before / after`] = `${was.toFixed(1)} / ${is.toFixed(1)}`;
      expect(is).toBeLessThan(was * 1.1);
    }
    expect(mismatches).toBe(0);
    expect(outcomes.lost).toBe(0);
    expect(figures['reconnects']).toBeGreaterThanOrEqual(RESETS);
    await wire.close();
  },
  180_000,
);
