import { expect, it } from 'vitest';
import { AppMessage } from '../../../common/domain/app-message.ts';
import type { ServiceReply } from '../../../common/domain/inbound.ts';
import { RobotMessage } from '../../../common/domain/outgoing.ts';
import { utf8Length } from '../../../common/text/utf8.ts';
import { partsOf } from '../compose.ts';
import { lateAppMessage, lateResponse, lateRobotMessage } from './late-message.ts';

const card = { card_type: 'text_notice', sub_title_text: 's', card_action: { type: 1, url: 'u' } };

it('carries the id under which feedback comes back', () => {
  expect(lateResponse({ type: 'card', card, feedbackId: 'F' })).toEqual({
    msgtype: 'template_card',
    template_card: { ...card, feedback: { id: 'F' } },
  });
  const stream = { type: 'stream', content: 'x', finish: true, feedbackId: 'F' } as const;
  expect(lateResponse(stream)).toEqual({
    msgtype: 'markdown',
    markdown: { content: 'x', feedback: { id: 'F' } },
  });
  expect(lateResponse({ type: 'text', content: 'x' })).toEqual({
    msgtype: 'markdown',
    markdown: { content: 'x' },
  });
});

const long = '标题'.repeat(200);

it.each<ServiceReply>([
  { type: 'news', articles: [{ title: long, description: long, url: 'https://a.example' }] },
  { type: 'video', mediaId: 'm', title: long, description: long },
  { type: 'text', content: 'half of a pair \ud83d' },
])('cuts what WeCom would have cut of a passive reply: $type', (reply) => {
  const message = lateAppMessage(reply, 'zhangsan');
  expect(message).not.toBeNull();
  if (message === null) return;
  expect(() => partsOf('app', 'app', message, true)).not.toThrow();
  const known = AppMessage.parse(message);
  if (known.msgtype === 'news') {
    const [article] = known.news.articles;
    expect(utf8Length(article?.title ?? '')).toBe(126);
    expect(utf8Length(article?.description ?? '')).toBe(510);
  }
  if (known.msgtype === 'text') expect(known.text.content).toBe('half of a pair \ufffd');
});

it('goes to a group as text or news, also where a title is too long', () => {
  const url = 'https://a.example';
  const news = lateRobotMessage({ type: 'news', articles: [{ title: long, url }] }, 'zhangsan');
  expect(RobotMessage.parse(news)).toMatchObject({ msgtype: 'news' });
  expect(lateRobotMessage({ type: 'text', content: '\udc00' }, 'zhangsan')).toEqual({
    msgtype: 'text',
    text: { content: '\ufffd', mentioned_list: ['zhangsan'] },
  });
});
