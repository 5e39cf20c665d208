import { utf8Length } from '../../../common/text/utf8.ts';
import { appLimits } from '../../../common/domain/app-message.ts';
import { splitNames } from '../../app/split-names.ts';
import { composeCard } from './card.ts';
import { buildNews, parseJson, required, type Built } from './build-parts.ts';
import type { Draft, TextCardDraft } from './draft.ts';
import { isWebAddress, type Problem } from './problem.ts';

/** A draft as a self-built app's message, with whom it is for. */
export function buildApp(draft: Draft): Built {
  const [to, missing] = recipients(draft);
  const [body, problems] = buildBody(draft);
  const confidential = draft.safe && mayBeSafe(draft) ? { safe: 1 } : {};
  return [{ ...to, ...confidential, ...fieldsOf(body) }, [...missing, ...problems]];
}

function fieldsOf(body: unknown): object {
  return typeof body === 'object' && body !== null ? body : {};
}

/** Types that WeCom lets be confidential. */
export function mayBeSafe({ type }: Pick<Draft, 'type'>): boolean {
  return ['text', 'image', 'video', 'file', 'mpnews'].includes(type);
}

function recipients({ to }: Draft): readonly [object, readonly Problem[]] {
  const users = splitNames(to.users);
  const parties = splitNames(to.parties);
  const tags = splitNames(to.tags);
  const problems: Problem[] = [];
  const atMost = (path: string, list: readonly string[], limit: number): void => {
    if (list.length > limit) problems.push({ path, code: 'tooMany', params: { limit } });
  };
  atMost('to.users', users, appLimits.users);
  atMost('to.parties', parties, appLimits.parties);
  atMost('to.tags', tags, appLimits.tags);
  if (users.length + parties.length + tags.length === 0) {
    problems.push({ path: 'to.users', code: 'required' });
  }
  return [
    {
      ...(users.length > 0 && { touser: users.join('|') }),
      ...(parties.length > 0 && { toparty: parties.join('|') }),
      ...(tags.length > 0 && { totag: tags.join('|') }),
    },
    problems,
  ];
}

function buildBody(draft: Draft): Built {
  switch (draft.type) {
    case 'text':
      return [
        { msgtype: 'text', text: { content: draft.text.content } },
        required('text', draft.text.content),
      ];
    case 'markdown':
      return [
        { msgtype: 'markdown', markdown: { content: draft.markdown } },
        required('markdown', draft.markdown),
      ];
    case 'image':
      return media('image', draft.imageId);
    case 'voice':
      return media('voice', draft.voiceId);
    case 'file':
      return media('file', draft.fileId);
    case 'video':
      return buildVideo(draft);
    case 'textcard':
      return buildTextCard(draft.textcard);
    case 'news':
      return buildNews(draft.articles);
    case 'template_card':
      return buildCard(draft);
    case 'mpnews':
      return written('mpnews', draft.mpnews);
    case 'miniprogram_notice':
      return written('miniprogram_notice', draft.miniprogram);
    case 'markdown_v2':
      // A type of the other kind of sender, chosen before the bot was.
      return [null, [{ path: draft.type, code: 'required' }]];
  }
}

function media(type: 'image' | 'voice' | 'file', id: string): Built {
  return [{ msgtype: type, [type]: { media_id: id.trim() } }, required(type, id)];
}

function buildVideo({ video }: Draft): Built {
  const { id, title, description } = video;
  const body = {
    media_id: id.trim(),
    ...(title.trim() !== '' && { title: title.trim() }),
    ...(description.trim() !== '' && { description: description.trim() }),
  };
  const problems = [
    ...required('video', id),
    ...within('video.title', title, appLimits.cardTitleBytes),
    ...within('video.description', description, appLimits.cardDescriptionBytes),
  ];
  return [{ msgtype: 'video', video: body }, problems];
}

function buildTextCard(card: TextCardDraft): Built {
  const [title, description, url, button] = [
    card.title.trim(),
    card.description.trim(),
    card.url.trim(),
    card.button.trim(),
  ];
  const problems = [
    ...required('textcard.title', title),
    ...within('textcard.title', title, appLimits.cardTitleBytes),
    ...required('textcard', description),
    ...required('textcard.url', url),
  ];
  if (url !== '' && !isWebAddress(url)) problems.push({ path: 'textcard.url', code: 'address' });
  if (button.length > appLimits.cardButtonCharacters) {
    const params = { limit: appLimits.cardButtonCharacters };
    problems.push({ path: 'textcard.button', code: 'tooManyCharacters', params });
  }
  const textcard = { title, description, url, ...(button !== '' && { btntxt: button }) };
  return [{ msgtype: 'textcard', textcard }, problems];
}

function buildCard({ card }: Draft): Built {
  if (card.mode === 'form') {
    const [template, problems] = composeCard(card);
    return [{ msgtype: 'template_card', template_card: template }, problems];
  }
  const [parsed, problems] = parseJson(card.json, 'card.json');
  return [{ msgtype: 'template_card', template_card: parsed }, problems];
}

function written(msgtype: 'mpnews' | 'miniprogram_notice', text: string): Built {
  const [parsed, problems] = parseJson(text, msgtype);
  return [{ msgtype, [msgtype]: parsed }, problems];
}

function within(path: string, text: string, limit: number): Problem[] {
  const over = utf8Length(text.trim()) - limit;
  return over > 0 ? [{ path, code: 'tooLong', params: { count: over, limit } }] : [];
}
