import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { AppError } from '../../../common/errors/app-error.ts';
import { openEncrypted } from '../../../gateway/ingress/open.ts';
import { appBot, signCallback, textMessage } from '../../../gateway/testing/wecom-client.ts';
import { parseMessage, renderReply } from '../../../gateway/wecom/index.ts';
import type { Figures } from '../../support/report.ts';
import { keys, path } from './inbound.ts';

const GROWTH_BYTES = 8 << 20;

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const dictionary = [
  '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
  '<!ENTITY x SYSTEM "file:///etc/passwd">',
  '&x;',
  ']]>',
  '<![CDATA[',
  '<xml>',
  '</xml>',
  '<Encrypt>',
  '{"encrypt":',
  '"__proto__":{"x":1},',
  '\u0000',
  '\uFEFF',
  '999999999999999999999',
  '<a>'.repeat(200),
  '['.repeat(500),
];

/**
 * Sends `count` broken callbacks through verifying, decrypting, parsing and replying, from the outside and, past the signature, from
 * the inside. Whatever is thrown must be an `AppError`, and the heap must not grow.
 */
export async function assail(count: number, figures: Figures): Promise<void> {
  const seed = 20_260_101;
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const mutate = (bytes: Buffer): Buffer => {
    let out = bytes;
    for (let times = 1 + Math.floor(random() * 4); times > 0; times -= 1) {
      const at = Math.floor(random() * (out.length + 1));
      const rest = Math.floor(random() * 40);
      const kind = random();
      if (kind < 0.4 && at < out.length) {
        out = Buffer.from(out);
        out[at] = Math.floor(random() * 256);
      } else if (kind < 0.6) out = Buffer.concat([out.subarray(0, at), out.subarray(at + rest)]);
      else if (kind < 0.75) out = out.subarray(0, at);
      else
        out = Buffer.concat([out.subarray(0, at), Buffer.from(pick(dictionary)), out.subarray(at)]);
    }
    return out;
  };
  const json = JSON.stringify({
    msgid: 'm',
    msgtype: 'mixed',
    mixed: { msg_item: [{}] },
    from: {},
  });
  const plaintexts = [textMessage('hello'), json].map((text) => Buffer.from(text));
  const bot = appBot(keys);
  const wholes = [textMessage('x'), json].map((plaintext, index) =>
    signCallback(keys, { path, plaintext, format: index === 0 ? 'xml' : 'json' }),
  );
  const outcomes = { understood: 0, refused: 0 };
  const attempt = (work: () => unknown): void => {
    try {
      work();
      outcomes.understood += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      outcomes.refused += 1;
    }
  };

  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const warm = Math.min(2_000, count);
  let before = 0;
  for (let n = 0; n < count; n += 1) {
    if (n === warm) before = heap();
    if (n % 2 === 0) {
      const whole = pick(wholes);
      const query = new URLSearchParams(whole.target.slice(whole.target.indexOf('?')));
      if (random() < 0.3)
        query.set(pick(['msg_signature', 'timestamp', 'nonce']), pick(dictionary));
      attempt(() => openEncrypted(bot, new Map(query), mutate(Buffer.from(whole.body))));
    } else {
      const kind = pick(['app', 'aibot', 'sealed'] as const);
      const format = pick(['xml', 'json'] as const);
      attempt(() => {
        const parsed = parseMessage(kind, format, mutate(pick(plaintexts)));
        return renderReply({ type: 'text', content: 'x' }, parsed, format, 0);
      });
    }
    if (n % 1_000 === 0) await setImmediate();
  }
  const after = heap();
  Object.assign(figures, {
    seed,
    inputs: count,
    ...outcomes,
    'heap before MB': before / 2 ** 20,
    'heap after MB': after / 2 ** 20,
  });
  expect(after - before).toBeLessThan(GROWTH_BYTES);
  expect(outcomes.refused).toBeGreaterThan(count / 4);
}
