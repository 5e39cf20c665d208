import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../common/domain/outgoing.ts';
import { partsOf } from './compose.ts';

const text = (content: string, more: object = {}): OutgoingMessage => ({
  msgtype: 'text',
  text: { content, ...more },
});

describe('the parts of a message', () => {
  it('mention once whom the whole mentions', () => {
    const mentions = { mentioned_list: ['@all'], mentioned_mobile_list: ['13800001111'] };
    const parts = partsOf('webhook', 'robot', text('一行字\n'.repeat(600), mentions), true);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]).toMatchObject({ text: mentions });
    for (const part of parts.slice(1)) expect(part).not.toHaveProperty('text.mentioned_list');
    for (const part of parts.slice(1))
      expect(part).not.toHaveProperty('text.mentioned_mobile_list');
  });

  it.each([
    ['text.content', text('half of a pair: \ud83d')],
    [
      'news.articles.1.title',
      {
        msgtype: 'news',
        news: {
          articles: [
            { title: 'one', url: 'https://a.example' },
            { title: '\udc00', url: 'https://a.example' },
          ],
        },
      },
    ],
  ] satisfies [string, OutgoingMessage][])(
    'cannot hold half of a surrogate pair, which WeCom refuses: %s',
    (field, message) => {
      expect(() => partsOf('webhook', 'robot', message, false)).toThrow(
        expect.objectContaining({ code: 'BAD_INPUT', params: { field, reason: 'not Unicode' } }),
      );
    },
  );
});
