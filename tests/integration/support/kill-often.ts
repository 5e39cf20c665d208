import { once } from 'node:events';
import { expect } from 'vitest';
import {
  json,
  startGateway,
  startTarget,
  tempDir,
  testConfig,
} from '../../../gateway/testing/harness.ts';
import { appBot } from '../../../gateway/testing/wecom-client.ts';
import type { Figures } from '../../support/report.ts';
import { heardBy, keys, load, settled, startChild, storedIn } from './inbound.ts';

const CLIENTS = 12;

/** Kills the gateway under load, `kills` times on one store; nothing that was answered may be missing. */
export async function killOften(kills: number, figures: Figures): Promise<void> {
  const service = await startTarget((response) => json(response, {}));
  const dataDir = await tempDir();
  const config = testConfig({
    bots: [appBot(keys, { target: 'svc' })],
    targets: [{ id: 'svc', url: service.url }],
  });
  const seed = Math.floor(Math.random() * 2 ** 31);
  figures['seed'] = seed;
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const acked: string[] = [];
  let sent = 0;
  for (let round = 0; round < kills; round += 1) {
    const child = await startChild(dataDir, config);
    const killAt = 5 + Math.floor(random() * 80);
    const gone = once(child.process, 'exit');
    const result = await load(child, {
      clients: CLIENTS,
      untilReset: () => child.process.killed || child.process.exitCode !== null,
      stop: () => false,
      onAck: (count) => void (count === killAt && child.process.kill('SIGKILL')),
    });
    expect(result.wrong).toEqual([]);
    acked.push(...result.acked);
    sent += result.sent;
    await gone;
  }
  const gateway = await startGateway(config, { dataDir });
  await settled(gateway);
  const stored = storedIn(gateway);
  const delivered = new Set(heardBy(service));
  const lost = acked.filter((plaintext) => !stored.has(plaintext));
  const doubled = [...stored.values()].filter((count) => count > 1);
  Object.assign(figures, {
    kills,
    sent,
    answered: acked.length,
    stored: stored.size,
    delivered: delivered.size,
    lost: lost.length,
    doubled: doubled.length,
  });
  expect(lost).toEqual([]);
  expect(doubled).toEqual([]);
  expect([...stored.keys()].filter((plaintext) => !delivered.has(plaintext))).toEqual([]);
}
