import { expect } from 'vitest';
import {
  json,
  startGateway,
  startTarget,
  tempDir,
  testConfig,
} from '../../gateway/testing/harness.ts';
import { appBot } from '../../gateway/testing/wecom-client.ts';
import { promise } from '../support/report.ts';
import { killOften } from './support/kill-often.ts';
import { keys, load, settled, startChild, storedIn } from './support/inbound.ts';

const CLIENTS = 12;
const KILLS = 10;

promise(
  'R3',
  {
    against: `kill -9 of the gateway under load, ${KILLS} times`,
    by: 'SIGKILL at a random answer',
    promise: 'every answered callback is stored once and delivered',
  },
  (figures) => killOften(KILLS, figures),
  120_000,
);

promise(
  'R22',
  {
    against: 'stopping under load',
    by: 'SIGTERM',
    promise:
      'nothing answered is lost, nothing stored is left without an answer, it ends by itself with 0',
  },
  async (figures) => {
    const service = await startTarget((response) => json(response, {}));
    const dataDir = await tempDir();
    const config = testConfig({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const child = await startChild(dataDir, config);
    let ended: Promise<number | null> | undefined;
    const result = await load(child, {
      clients: CLIENTS,
      untilReset: () => ended !== undefined || child.process.exitCode !== null,
      stop: () => false,
      onAck: (count) => {
        if (count === 200) ended = child.end('SIGTERM');
      },
    });
    expect(await ended).toBe(0);
    expect(result.wrong).toEqual([]);
    const gateway = await startGateway(config, { dataDir });
    await settled(gateway);
    const stored = storedIn(gateway);
    const lost = result.acked.filter((plaintext) => !stored.has(plaintext));
    const answered = new Set(result.acked);
    const unanswered = [...stored.keys()].filter((plaintext) => !answered.has(plaintext));
    Object.assign(figures, {
      sent: result.sent,
      answered: result.acked.length,
      stored: stored.size,
      lost: lost.length,
      'stored, but reset': unanswered.length,
    });
    expect(lost).toEqual([]);
    expect(unanswered).toEqual([]);
  },
);
