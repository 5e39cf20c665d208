import {
  RobotMessage,
  TemplateCard,
  messageSize,
  robotLimits,
  type RobotMessageType,
} from '../../../common/domain/outgoing.ts';
import { utf8Length } from '../../../common/text/utf8.ts';
import { splitNames } from '../../app/split-names.ts';
import { composeCard } from './card.ts';
import type { ArticleDraft, Draft } from './draft.ts';
import { atPath, isWebAddress, jsonIssues, type Problem } from './problem.ts';

/** A draft as a message, or what stands in its way, each problem at the field that it belongs to. */
export type Composed =
  | { readonly ok: true; readonly message: RobotMessage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Turns what was typed into the message that WeCom takes. What WeCom would refuse is refused here, with its reason. */
export function compose(draft: Draft): Composed {
  const [candidate, problems] = build(draft);
  if (problems.length > 0) return { ok: false, problems };
  const parsed = RobotMessage.safeParse(candidate);
  if (!parsed.success) return { ok: false, problems: jsonIssues(parsed.error, draft.type) };
  const size = messageSize(parsed.data);
  if (size !== null && size.used > size.limit) {
    const params = { count: size.used - size.limit, limit: size.limit };
    return {
      ok: false,
      problems: [{ path: contentPath(draft.type), code: 'tooLong', params }],
    };
  }
  return { ok: true, message: parsed.data };
}

/** Where the main field of a type stands. */
export function contentPath(type: RobotMessageType): string {
  return type === 'template_card' ? 'card' : type;
}

/** Bytes used of the limit, also while the message cannot be sent yet; null where the type has none as a whole. */
export function draftSize(draft: Draft): { used: number; limit: number } | null {
  switch (draft.type) {
    case 'text':
      return { used: utf8Length(draft.text.content), limit: robotLimits.textBytes };
    case 'markdown':
      return { used: utf8Length(draft.markdown), limit: robotLimits.markdownBytes };
    case 'markdown_v2':
      return { used: utf8Length(draft.markdownV2), limit: robotLimits.markdownBytes };
    case 'image':
      return { used: draft.image?.bytes ?? 0, limit: robotLimits.imageBytes };
    case 'news':
    case 'template_card':
    case 'file':
    case 'voice':
      return null;
  }
}

type Built = readonly [candidate: unknown, problems: readonly Problem[]];

function build(draft: Draft): Built {
  switch (draft.type) {
    case 'text':
      return buildText(draft.text);
    case 'markdown':
      return [
        { msgtype: 'markdown', markdown: { content: draft.markdown } },
        required('markdown', draft.markdown),
      ];
    case 'markdown_v2':
      return [
        { msgtype: 'markdown_v2', markdown_v2: { content: draft.markdownV2 } },
        required('markdown_v2', draft.markdownV2),
      ];
    case 'image': {
      const { image } = draft;
      if (image === null) return [null, [{ path: 'image', code: 'noImage' }]];
      return [{ msgtype: 'image', image: { base64: image.base64, md5: image.md5 } }, []];
    }
    case 'news':
      return buildNews(draft.articles);
    case 'file':
      return [
        { msgtype: 'file', file: { media_id: draft.fileId.trim() } },
        required('file', draft.fileId),
      ];
    case 'voice':
      return [
        { msgtype: 'voice', voice: { media_id: draft.voiceId.trim() } },
        required('voice', draft.voiceId),
      ];
    case 'template_card':
      return buildCard(draft);
  }
}

function buildText(text: Draft['text']): Built {
  const users = splitNames(text.users);
  const mobiles = splitNames(text.mobiles);
  const problems = required('text', text.content);
  const wrong = mobiles.find((mobile) => !/^(?:@all|\+?\d{5,20})$/.test(mobile));
  if (wrong !== undefined)
    problems.push({ path: 'text.mobiles', code: 'mobile', params: { value: wrong } });
  const body = {
    content: text.content,
    ...(users.length > 0 && { mentioned_list: users }),
    ...(mobiles.length > 0 && { mentioned_mobile_list: mobiles }),
  };
  return [{ msgtype: 'text', text: body }, problems];
}

function buildNews(articles: readonly ArticleDraft[]): Built {
  const problems = articles.flatMap((article, i) => articleProblems(article, `news.${String(i)}`));
  if (articles.length === 0) problems.push({ path: 'news', code: 'required' });
  const sent = articles.map((article) => ({
    title: article.title.trim(),
    ...(article.description.trim() !== '' && { description: article.description.trim() }),
    url: article.url.trim(),
    ...(article.picurl.trim() !== '' && { picurl: article.picurl.trim() }),
  }));
  return [{ msgtype: 'news', news: { articles: sent } }, problems];
}

function articleProblems(article: ArticleDraft, path: string): Problem[] {
  const problems = [
    ...required(`${path}.title`, article.title),
    ...required(`${path}.url`, article.url),
  ];
  if (article.url.trim() !== '' && !isWebAddress(article.url)) {
    problems.push({ path: `${path}.url`, code: 'address' });
  }
  if (article.picurl.trim() !== '' && !isWebAddress(article.picurl)) {
    problems.push({ path: `${path}.picurl`, code: 'address' });
  }
  return problems;
}

function buildCard(draft: Draft): Built {
  const { card } = draft;
  if (card.mode === 'form') {
    const [template, problems] = composeCard(card);
    return [{ msgtype: 'template_card', template_card: template }, problems];
  }
  if (card.json.trim() === '') return [null, [{ path: 'card.json', code: 'required' }]];
  let parsed: unknown;
  try {
    parsed = JSON.parse(card.json);
  } catch (error) {
    const where = error instanceof SyntaxError ? lineOf(error.message, card.json) : null;
    return [
      null,
      [
        where === null
          ? { path: 'card.json', code: 'json' }
          : { path: 'card.json', code: 'jsonLine', params: { line: where } },
      ],
    ];
  }
  const checked = TemplateCard.safeParse(parsed);
  if (!checked.success) {
    return [null, jsonIssues(checked.error, '').map((issue) => atPath('card.json', issue))];
  }
  return [{ msgtype: 'template_card', template_card: checked.data }, []];
}

/** The line that a JSON parser complains of, where its words name one or a position. */
function lineOf(words: string, text: string): number | null {
  const line = /\bline (\d+)/.exec(words)?.[1];
  if (line !== undefined) return Number(line);
  const position = /\bposition (\d+)/.exec(words)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split('\n').length;
}

function required(path: string, value: string): Problem[] {
  return value.trim() === '' ? [{ path, code: 'required' }] : [];
}
