import { describe, expect, it } from 'vitest';
import { appMessageTypes } from '../../../common/domain/app-message.ts';
import type { SendResult } from '../../../common/domain/outgoing.ts';
import { createTranslate } from '../../../common/i18n/translate.ts';
import { compose, draftSize } from './compose.ts';
import { clearSent, emptyDraft, type Draft } from './draft.ts';
import { optionsOf } from './options.ts';
import { untrustedIp } from './UntrustedIp.tsx';
import { answerNotes } from './words.ts';

const to = { users: 'zhangsan，lisi; zhangsan', parties: '2', tags: '' };
const message = (draft: Partial<Draft>): object => {
  const composed = compose({ ...emptyDraft, to, ...draft }, 'app');
  if (!composed.ok) throw new Error(JSON.stringify(composed.problems));
  return composed.message;
};
const problems = (draft: Partial<Draft>): string[] => {
  const composed = compose({ ...emptyDraft, to, ...draft }, 'app');
  return composed.ok ? [] : composed.problems.map(({ path, code }) => `${path}:${code}`);
};
const text = (content: string): Draft['text'] => ({ content, users: 'ignored', mobiles: '' });

describe('an app’s message', () => {
  it('names whom it is for, and is confidential only where WeCom has that', () => {
    expect(message({ text: text('hi'), safe: true })).toEqual({
      touser: 'zhangsan|lisi',
      toparty: '2',
      safe: 1,
      msgtype: 'text',
      text: { content: 'hi' },
    });
    const news = message({ type: 'markdown', markdown: '# a', safe: true });
    expect(news).not.toHaveProperty('safe');
    expect(problems({ text: text('hi'), to: emptyDraft.to })).toEqual(['to.users:required']);
    const many = Array.from({ length: 101 }, (_, index) => String(index)).join();
    expect(problems({ text: text('hi'), to: { ...to, tags: many } })).toEqual(['to.tags:tooMany']);
  });

  it('has cards, videos, files by their id, and types written as JSON', () => {
    const textcard = { title: 't', description: 'd', url: 'https://x.cn', button: '更多' };
    expect(message({ type: 'textcard', textcard })).toMatchObject({
      textcard: { title: 't', description: 'd', url: 'https://x.cn', btntxt: '更多' },
    });
    expect(
      problems({
        type: 'textcard',
        textcard: { ...textcard, title: '', url: 'x', button: '12345' },
      }),
    ).toEqual([
      'textcard.title:required',
      'textcard.url:address',
      'textcard.button:tooManyCharacters',
    ]);
    const video = { id: ' v ', title: '', description: 'd' };
    expect(message({ type: 'video', video })).toMatchObject({
      video: { media_id: 'v', description: 'd' },
    });
    expect(message({ type: 'image', imageId: 'i' })).toMatchObject({ image: { media_id: 'i' } });
    const miniprogram = '{"appid":"a","title":"b"}';
    expect(message({ type: 'miniprogram_notice', miniprogram })).toMatchObject({
      miniprogram_notice: { appid: 'a' },
    });
    expect(problems({ type: 'mpnews', mpnews: '{' })).toHaveLength(1);
    expect(problems({ type: 'mpnews', mpnews: '{}' })).toEqual(['mpnews:jsonField']);
  });

  it('may be longer than WeCom takes only where it is cut into several', () => {
    const long = text('字'.repeat(700));
    expect(problems({ text: long })).toEqual(['text:tooLong']);
    expect(message({ text: long, choices: { ...emptyDraft.choices, split: true } })).toBeTruthy();
    expect(draftSize({ ...emptyDraft, type: 'markdown' }, 'app')?.limit).toBe(2048);
    expect(draftSize({ ...emptyDraft, type: 'markdown' }, 'robot')?.limit).toBe(4096);
  });

  it('leaves no type half cleared after it has left', () => {
    for (const type of appMessageTypes) {
      const filled: Draft = {
        ...emptyDraft,
        type,
        text: text('x'),
        markdown: 'x',
        imageId: 'x',
        fileId: 'x',
        voiceId: 'x',
        video: { id: 'x', title: '', description: '' },
        textcard: { title: 'x', description: 'x', url: 'x', button: '' },
        mpnews: 'x',
        miniprogram: 'x',
        articles: [],
        card: { ...emptyDraft.card, title: 'x' },
      };
      expect(clearSent(filled)).not.toEqual(filled);
    }
  });
});

it('says how a message leaves only where that is not as usual', () => {
  expect(optionsOf(emptyDraft, 1000)).toEqual({});
  const choices = {
    priority: 'high',
    expires: 'minutes',
    split: true,
    coalesceKey: ' k ',
    sendAt: '',
  } as const;
  expect(optionsOf({ type: 'text', choices }, 1000)).toEqual({
    priority: 9,
    expires_at: 601_000,
    coalesce_key: 'k',
    split: true,
  });
  expect(optionsOf({ type: 'file', choices }, 0)).not.toHaveProperty('split');
});

describe('an answer', () => {
  const result: SendResult = {
    id: 'm',
    outcome: 'refused',
    errcode: 60020,
    errmsg: '',
    durationMs: 1,
    egress: { via: 'relay', ip: '203.0.113.24' },
    remaining: null,
    at: 0,
  };
  it('names the address to trust: the one WeCom saw, else the one it left from', () => {
    expect(untrustedIp(result)).toBe('203.0.113.24');
    const error = { code: 'UNTRUSTED_IP', params: { ip: '198.51.100.7' } } as const;
    expect(untrustedIp({ ...result, error })).toBe('198.51.100.7');
    expect(untrustedIp({ ...result, errcode: 0 })).toBeNull();
  });
  it('tells who did not get it, who carried it and into how many it was cut', () => {
    const t = createTranslate('en');
    expect(answerNotes({}, t)).toEqual([]);
    const invalid = { users: ['gone'], parties: [], tags: ['9'], unlicensed: [] };
    expect(answerNotes({ invalid, sentBy: 'spare', parts: ['a', 'b'], coalesced: 0 }, t)).toEqual([
      'Not delivered to: gone, 9',
      'Carried by spare, because this robot’s minute is used up.',
      'Sent as 2 messages',
    ]);
  });
});
