import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createBodyEncoder } from './encode.ts';
import { requestHead } from './request-head.ts';

const json = { 'content-type': 'application/json' };

it('codes no more at the same time than it has memory for', async () => {
  const encoder = createBodyEncoder();
  const head = requestHead(
    { method: 'POST', path: '/', authority: 'bot.test', headers: json, remoteAddress: '::1' },
    0,
  );
  const stream = { write: () => true, end: () => undefined, cancel: () => undefined };
  const large = randomBytes(20_000);
  const sinks = Array.from({ length: 64 }, () => {
    expect(encoder.wants(head, large)).toBe(true);
    return encoder.pipe(stream, () => undefined);
  });
  expect(encoder.wants(head, large)).toBe(false);
  expect(encoder.wants(head, { streamUpTo: 1 })).toBe(false);
  expect(encoder.wants(head, large.subarray(0, 2_000))).toBe(true);
  for (const sink of sinks) sink.onClose();
  await expect.poll(() => encoder.wants(head, large)).toBe(true);
  const ended = new Promise<Buffer>((resolve) => {
    encoder.end({ ...stream, end: (bytes?: Buffer) => resolve(bytes ?? Buffer.alloc(0)) }, large);
  });
  expect(gunzipSync(await ended).equals(large)).toBe(true);
});
