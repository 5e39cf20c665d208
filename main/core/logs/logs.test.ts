import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { LogEntry } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { createLogs, type Logs } from './index.ts';

function open(dir: string, stream?: Writable): Logs {
  const logs = createLogs({ dir, level: 'info', ...(stream === undefined ? {} : { stream }) });
  onTestFinished(() => logs.close());
  return logs;
}

function fieldsOf(logs: Logs, fields: object): LogEntry['fields'] {
  logs.logger.info(fields, 'x');
  return logs.recent({ limit: 1 })[0]?.fields ?? {};
}

test('a line reaches ring, file, stream and listeners as the same entry', async () => {
  const dir = tempDir();
  const streamed: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      streamed.push(chunk.toString());
      done();
    },
  });
  const logs = open(dir, stream);
  const heard: LogEntry[] = [];
  logs.onEntry((entry) => heard.push(entry));
  logs.logger.child({ module: 'tunnel' }).warn({ code: 'SESSION_LOST', attempt: 2 }, 'lost');
  const [entry] = logs.recent({ limit: 10 });
  expect(LogEntry.parse(entry)).toMatchObject({
    seq: 1,
    level: 'warn',
    module: 'tunnel',
    message: 'lost',
    fields: { code: 'SESSION_LOST', attempt: 2 },
  });
  expect(heard).toEqual([entry]);
  await logs.close();
  expect(JSON.parse(readFileSync(join(dir, 'causeway.log'), 'utf8'))).toEqual(entry);
  expect(JSON.parse(streamed.join(''))).toEqual(entry);
});

test('secrets do not get through, wherever they stand', async () => {
  const dir = tempDir();
  const logs = open(dir);
  const secret = 'S3cr3tS3cr3tS3cr3t';
  const error = new Error(`GET https://qyapi.example/cgi-bin/webhook/send?key=${secret} failed`);
  logs.logger.error(
    {
      err: error,
      token: secret,
      bot: {
        webhook: `https://x.example/?key=${secret}`,
        encodingAesKey: secret,
        list: [`whsec_${secret}`],
      },
      header: `Bearer ${secret}`,
    },
    `sent to https://x.example/send?key=${secret}`,
  );
  logs.logger
    .child({ module: `cwk_${secret}` })
    .info({}, `-----BEGIN PRIVATE KEY-----${secret}-----END PRIVATE KEY-----`);
  await logs.close();
  const file = readFileSync(join(dir, 'causeway.log'), 'utf8');
  expect(file).not.toContain(secret);
  expect(file).toContain('[redacted]');
  expect(JSON.stringify(logs.recent({ limit: 10 }))).not.toContain(secret);
});

test('objects become flat fields, and only as many as a line may have', () => {
  const logs = open(tempDir());
  expect(
    fieldsOf(logs, { error: { code: 'X', params: { port: 1 } }, none: null, list: [1, 2] }),
  ).toEqual({
    'error.code': 'X',
    'error.params.port': 1,
    list: '[1,2]',
  });
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, index]));
  expect(Object.keys(fieldsOf(logs, wide))).toHaveLength(40);
  const deep: Record<string, unknown> = {};
  deep['self'] = deep;
  expect(Object.keys(fieldsOf(logs, deep)).length).toBeGreaterThan(0);
  expect(String(fieldsOf(logs, { text: 'x'.repeat(100_000) })['text']).length).toBe(4_001);
  expect(fieldsOf(logs, { error: new AppError('BUSY') })).toMatchObject({
    'error.message': 'BUSY',
  });
});

test('a new level reaches children that were made before', () => {
  const logs = open(tempDir());
  const child = logs.logger.child({ module: 'm' });
  child.debug({}, 'one');
  logs.setLevel('debug');
  child.debug({}, 'two');
  logs.setLevel('error');
  child.warn({}, 'three');
  child.error({}, 'four');
  expect(logs.recent({ limit: 10 }).map(({ message }) => message)).toEqual(['two', 'four']);
});

test('a stream that fails is left alone', () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('gone')) });
  const logs = open(tempDir(), stream);
  logs.logger.info({}, 'one');
  logs.logger.info({}, 'two');
  expect(logs.recent({ limit: 10 })).toHaveLength(2);
});
