import type { AppMessageType } from '../../../common/domain/app-message.ts';
import type { RobotMessageType } from '../../../common/domain/outgoing.ts';
import type { PickedImage } from './image.ts';

/** One article of a news message as it stands in the form. */
export interface ArticleDraft {
  /** Tells rows apart while they are moved and removed; not sent. */
  readonly key: number;
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly picurl: string;
}

/** A name and a value of a card's list; `url` makes it a link. */
export interface CardFact {
  readonly key: number;
  readonly keyname: string;
  readonly value: string;
  readonly url: string;
}

export interface CardDraft {
  /** The tab that is open, and so the one that is sent. */
  readonly mode: 'form' | 'json';
  readonly json: string;
  readonly cardType: 'text_notice' | 'news_notice';
  readonly source: string;
  readonly title: string;
  readonly description: string;
  readonly emphasisTitle: string;
  readonly emphasisDescription: string;
  readonly subTitle: string;
  readonly imageUrl: string;
  readonly facts: readonly CardFact[];
  readonly actionUrl: string;
}

/** Which of the two ways of sending a bot has: a group robot's webhook, or a self-built app's messages to members. */
export type SenderKind = 'robot' | 'app';
export type MessageType = RobotMessageType | AppMessageType;

/** Whom an app's message is for: ids parted by commas. */
export interface RecipientsDraft {
  readonly users: string;
  readonly parties: string;
  readonly tags: string;
}

export interface TextCardDraft {
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly button: string;
}

export interface VideoDraft {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** How a message is to leave. */
export interface ChoicesDraft {
  readonly priority: 'low' | 'normal' | 'high';
  readonly expires: 'day' | 'hour' | 'minutes';
  readonly split: boolean;
  readonly coalesceKey: string;
  /** Local date and time, `2026-10-01T09:00`; empty for at once. */
  readonly sendAt: string;
}

/** Everything typed for one bot. Each type keeps its own fields, so that looking at another type loses nothing. */
export interface Draft {
  readonly type: MessageType;
  readonly text: { readonly content: string; readonly users: string; readonly mobiles: string };
  readonly markdown: string;
  readonly markdownV2: string;
  readonly image: PickedImage | null;
  readonly articles: readonly ArticleDraft[];
  readonly card: CardDraft;
  readonly fileId: string;
  /** Names of what was uploaded, by media_id. */
  readonly fileNames: Readonly<Record<string, string>>;
  readonly voiceId: string;
  readonly to: RecipientsDraft;
  /** 保密消息: cannot be forwarded, and shows a watermark. */
  readonly safe: boolean;
  readonly imageId: string;
  readonly video: VideoDraft;
  readonly textcard: TextCardDraft;
  /** Types that are written as WeCom's own JSON. */
  readonly mpnews: string;
  readonly miniprogram: string;
  readonly choices: ChoicesDraft;
}

export function emptyArticle(key: number): ArticleDraft {
  return { key, title: '', description: '', url: '', picurl: '' };
}

export const emptyDraft: Draft = {
  type: 'text',
  text: { content: '', users: '', mobiles: '' },
  markdown: '',
  markdownV2: '',
  image: null,
  articles: [emptyArticle(0)],
  card: {
    mode: 'form',
    json: '',
    cardType: 'text_notice',
    source: '',
    title: '',
    description: '',
    emphasisTitle: '',
    emphasisDescription: '',
    subTitle: '',
    imageUrl: '',
    facts: [],
    actionUrl: '',
  },
  fileId: '',
  fileNames: {},
  voiceId: '',
  to: { users: '', parties: '', tags: '' },
  safe: false,
  imageId: '',
  video: { id: '', title: '', description: '' },
  textcard: { title: '', description: '', url: '', button: '' },
  mpnews: '',
  miniprogram: '',
  choices: { priority: 'normal', expires: 'day', split: false, coalesceKey: '', sendAt: '' },
};

/** The next key for a row, one above every present one. */
export function nextKey(rows: readonly { readonly key: number }[]): number {
  return rows.reduce((highest, row) => Math.max(highest, row.key), -1) + 1;
}

/** The draft after its message was delivered: what was sent is cleared, and its time; the other types stay. */
export function clearSent(draft: Draft): Draft {
  return { ...clearType(draft), choices: { ...draft.choices, sendAt: '' } };
}

function clearType(draft: Draft): Draft {
  switch (draft.type) {
    case 'text':
      return { ...draft, text: { ...draft.text, content: '' } };
    case 'markdown':
      return { ...draft, markdown: '' };
    case 'markdown_v2':
      return { ...draft, markdownV2: '' };
    case 'image':
      return { ...draft, image: null, imageId: '' };
    case 'news':
      return { ...draft, articles: emptyDraft.articles };
    case 'template_card':
      return {
        ...draft,
        card: { ...emptyDraft.card, mode: draft.card.mode, cardType: draft.card.cardType },
      };
    case 'file':
      return { ...draft, fileId: '' };
    case 'voice':
      return { ...draft, voiceId: '' };
    case 'video':
      return { ...draft, video: emptyDraft.video };
    case 'textcard':
      return { ...draft, textcard: emptyDraft.textcard };
    case 'mpnews':
      return { ...draft, mpnews: '' };
    case 'miniprogram_notice':
      return { ...draft, miniprogram: '' };
  }
}

/** Drafts by bot; kept while the console is open, so that going to another screen or a failed sending loses nothing. */
export interface Drafts {
  readonly get: (bot: string) => Draft;
  readonly set: (bot: string, draft: Draft) => void;
  /** Calls `listener` after each change; returns the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** At most `capacity` bots keep a draft; the one that was left longest ago goes first. */
export function createDrafts(capacity = 64): Drafts {
  const byBot = new Map<string, Draft>();
  const listeners = new Set<() => void>();
  return {
    get: (bot) => byBot.get(bot) ?? emptyDraft,
    set(bot, draft) {
      byBot.delete(bot);
      byBot.set(bot, draft);
      for (const oldest of byBot.keys()) {
        if (byBot.size <= capacity) break;
        byBot.delete(oldest);
      }
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
