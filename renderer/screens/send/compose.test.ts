import { splitNames } from '../../app/split-names.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appMessageTypes } from '../../../common/domain/app-message.ts';
import { OutgoingMessage, robotMessageTypes } from '../../../common/domain/outgoing.ts';
import { cardAsJson } from './card.ts';
import { compose, draftSize } from './compose.ts';
import { clearSent, createDrafts, emptyArticle, emptyDraft, nextKey, type Draft } from './draft.ts';
import { pickImage } from './image.ts';

const message = (draft: Partial<Draft>): OutgoingMessage => {
  const composed = compose({ ...emptyDraft, ...draft });
  if (!composed.ok) throw new Error(JSON.stringify(composed.problems));
  return composed.message;
};
const problems = (draft: Partial<Draft>): string[] => {
  const composed = compose({ ...emptyDraft, ...draft });
  return composed.ok ? [] : composed.problems.map(({ path, code }) => `${path}:${code}`);
};

describe('each type', () => {
  test('text with mentions, typed as people type them', () => {
    expect(
      message({
        text: { content: ' hi ', users: 'zhangsan，lisi; @all lisi', mobiles: '13800001111' },
      }),
    ).toEqual({
      msgtype: 'text',
      text: {
        content: ' hi ',
        mentioned_list: ['zhangsan', 'lisi', '@all'],
        mentioned_mobile_list: ['13800001111'],
      },
    });
    expect(message({ text: { content: 'hi', users: ' ', mobiles: '' } })).toEqual({
      msgtype: 'text',
      text: { content: 'hi' },
    });
    expect(problems({ text: { content: 'x', users: '', mobiles: '12a' } })).toEqual([
      'text.mobiles:mobile',
    ]);
  });

  test('both markdowns, the ids and a picture', () => {
    expect(message({ type: 'markdown', markdown: '# a' })).toEqual({
      msgtype: 'markdown',
      markdown: { content: '# a' },
    });
    expect(message({ type: 'markdown_v2', markdownV2: '*a*' })).toEqual({
      msgtype: 'markdown_v2',
      markdown_v2: { content: '*a*' },
    });
    expect(message({ type: 'file', fileId: ' id ' })).toEqual({
      msgtype: 'file',
      file: { media_id: 'id' },
    });
    expect(message({ type: 'voice', voiceId: 'v' })).toEqual({
      msgtype: 'voice',
      voice: { media_id: 'v' },
    });
    const image = pickImage('a.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0));
    if (typeof image === 'string') throw new Error(image);
    expect(message({ type: 'image', image })).toEqual({
      msgtype: 'image',
      image: { base64: '/9j/AA==', md5: image.md5 },
    });
  });

  test('news leaves out what is empty and names the field that is wrong', () => {
    const article = { ...emptyArticle(0), title: 'T', url: 'https://a.example' };
    expect(message({ type: 'news', articles: [article] })).toEqual({
      msgtype: 'news',
      news: { articles: [{ title: 'T', url: 'https://a.example' }] },
    });
    expect(
      problems({
        type: 'news',
        articles: [article, { ...article, url: 'javascript:1', picurl: 'x' }],
      }),
    ).toEqual(['news.1.url:address', 'news.1.picurl:address']);
    expect(problems({ type: 'news', articles: [] })).toEqual(['news:required']);
    expect(problems({ type: 'news', articles: Array.from({ length: 9 }, () => article) })).toEqual([
      'news:jsonField',
    ]);
  });

  test('a card by its form and the same card by its JSON', () => {
    const card = {
      ...emptyDraft.card,
      title: 'Disk full',
      description: 'db-1',
      emphasisTitle: '97 %',
      source: 'Monitoring',
      facts: [
        { key: 0, keyname: 'Host', value: 'db-1', url: '' },
        { key: 1, keyname: '', value: '', url: '' },
      ],
      actionUrl: 'https://a.example',
    };
    const byForm = message({ type: 'template_card', card });
    expect(byForm).toEqual({
      msgtype: 'template_card',
      template_card: {
        card_type: 'text_notice',
        source: { desc: 'Monitoring' },
        main_title: { title: 'Disk full', desc: 'db-1' },
        emphasis_content: { title: '97 %' },
        horizontal_content_list: [{ keyname: 'Host', value: 'db-1' }],
        card_action: { type: 1, url: 'https://a.example' },
      },
    });
    const byJson = { ...emptyDraft.card, mode: 'json' as const, json: cardAsJson(card) };
    expect(message({ type: 'template_card', card: byJson })).toEqual(byForm);
  });

  test('a card says which field is missing or wrong', () => {
    expect(problems({ type: 'template_card' })).toEqual([
      'card.title:titleOrText',
      'card.actionUrl:required',
    ]);
    expect(
      problems({
        type: 'template_card',
        card: { ...emptyDraft.card, cardType: 'news_notice', actionUrl: 'x' },
      }),
    ).toEqual(['card.title:required', 'card.imageUrl:required', 'card.actionUrl:address']);
    const json = (text: string): string[] =>
      problems({ type: 'template_card', card: { ...emptyDraft.card, mode: 'json', json: text } });
    expect(json('')).toEqual(['card.json:required']);
    expect(json('{\n  "a": }')[0]).toMatch(/^card\.json:json/);
    expect(json('{"card_type":"text_notice"}')).toEqual(['card.json:jsonField']);
    expect(json('{"card_type":"vote_interaction"}')).toEqual(['card.json:jsonField']);
  });
});

test('an empty draft of any type is not sent, and says why', () => {
  for (const type of robotMessageTypes) expect(problems({ type })).not.toEqual([]);
});

test('bytes are counted, not characters, and one too many is refused with the number over', () => {
  const content = '中'.repeat(683);
  expect(draftSize({ ...emptyDraft, text: { content, users: '', mobiles: '' } })).toEqual({
    used: 2049,
    limit: 2048,
  });
  const composed = compose({ ...emptyDraft, text: { content, users: '', mobiles: '' } });
  expect(composed).toEqual({
    ok: false,
    problems: [{ path: 'text', code: 'tooLong', params: { count: 1, limit: 2048 } }],
  });
});

test('whatever is typed, a message that comes out is one that the contract takes', () => {
  const typed = fc.string({ maxLength: 40 });
  const draft = fc.record({
    type: fc.constantFrom(...robotMessageTypes, ...appMessageTypes),
    to: fc.record({ users: typed, parties: typed, tags: typed }),
    safe: fc.boolean(),
    imageId: typed,
    video: fc.record({ id: typed, title: typed, description: typed }),
    textcard: fc.record({ title: typed, description: typed, url: fc.webUrl(), button: typed }),
    mpnews: fc.oneof(typed, fc.json({ maxDepth: 1 })),
    miniprogram: fc.constant('{"appid":"a","title":"b"}'),
    choices: fc.constant(emptyDraft.choices),
    text: fc.record({ content: typed, users: typed, mobiles: typed }),
    markdown: typed,
    markdownV2: typed,
    image: fc.constant(null),
    articles: fc.array(
      fc.record({
        key: fc.nat(),
        title: typed,
        description: typed,
        url: fc.webUrl(),
        picurl: typed,
      }),
      { maxLength: 10 },
    ),
    card: fc.record({ json: typed, title: typed, actionUrl: fc.webUrl() }).map((some) => ({
      ...emptyDraft.card,
      ...some,
    })),
    fileId: typed,
    fileNames: fc.constant({}),
    voiceId: typed,
  });
  fc.assert(
    fc.property(draft, fc.constantFrom('robot', 'app'), (value, kind) => {
      const composed = compose(value, kind);
      if (composed.ok) expect(OutgoingMessage.parse(composed.message)).toEqual(composed.message);
      else expect(composed.problems.length).toBeGreaterThan(0);
    }),
  );
});

test('names are parted by what people use to part them', () => {
  expect(splitNames('a,b，c；d、e|f  g\nh a')).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(splitNames(' , ')).toEqual([]);
});

describe('drafts', () => {
  test('what was sent is cleared, other types stay', () => {
    const draft: Draft = { ...emptyDraft, type: 'markdown', markdown: 'sent', markdownV2: 'kept' };
    expect(clearSent(draft)).toEqual({ ...draft, markdown: '' });
    for (const type of robotMessageTypes) expect(clearSent({ ...draft, type }).type).toBe(type);
  });

  test('each bot has its own, listeners hear of it, and the oldest goes when there are too many', () => {
    const drafts = createDrafts(2);
    let heard = 0;
    const stop = drafts.subscribe(() => (heard += 1));
    drafts.set('a', { ...emptyDraft, markdown: 'a' });
    drafts.set('b', { ...emptyDraft, markdown: 'b' });
    drafts.set('a', { ...emptyDraft, markdown: 'a2' });
    drafts.set('c', { ...emptyDraft, markdown: 'c' });
    expect([drafts.get('a').markdown, drafts.get('b').markdown, drafts.get('c').markdown]).toEqual([
      'a2',
      '',
      'c',
    ]);
    stop();
    drafts.set('a', emptyDraft);
    expect(heard).toBe(4);
    expect(nextKey([{ key: 3 }, { key: 1 }])).toBe(4);
    expect(nextKey([])).toBe(0);
  });
});
