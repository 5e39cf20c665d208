import type { BotView } from '../../../common/domain/bot.ts';
import { explainRoute, type Mismatch, type Routable } from '../../../common/domain/route-match.ts';
import type { Route } from '../../../common/domain/route.ts';

/** A message as one types it to see which way it would take. */
export interface Sample {
  readonly bot: string;
  readonly type: string;
  readonly event: string;
  readonly text: string;
  readonly sender: string;
  readonly chat: string;
}

/** Where a sample goes, and what each route on the way said; `none` where its pattern is not one. */
export interface Trial {
  readonly steps: readonly { readonly route: Route; readonly said: Mismatch | 'takes' }[];
  /** The route that takes it; null where it goes to its bot's own service. */
  readonly taken: Route | null;
  /** Where it goes then; empty keeps it in the inbox. */
  readonly targets: readonly string[];
}

export function emptySample(bots: readonly Pick<BotView, 'id'>[]): Sample {
  return {
    bot: bots[0]?.id ?? '',
    type: 'text',
    event: '',
    text: '',
    sender: 'zhangsan',
    chat: '',
  };
}

/** Sends a sample past the routes, by the same rules as the gateway. Null while a pattern cannot be read. */
export function tryRoutes(
  sample: Sample,
  routes: readonly Route[],
  bots: readonly Pick<BotView, 'id' | 'target'>[],
): Trial | null {
  let explanation;
  try {
    explanation = explainRoute(routable(sample), routes);
  } catch {
    return null;
  }
  const byId = new Map(routes.map((route) => [route.id, route]));
  const steps = explanation.steps.flatMap(({ route: id, mismatch }) => {
    const route = byId.get(id);
    return route === undefined ? [] : [{ route, said: mismatch ?? ('takes' as const) }];
  });
  const taken = explanation.route === null ? null : (byId.get(explanation.route) ?? null);
  const own = bots.find(({ id }) => id === sample.bot)?.target ?? null;
  const targets = taken === null ? (own === null ? [] : [own]) : taken.targets.map(({ id }) => id);
  return { steps, taken, targets };
}

/** A single chat has its sender's id, as the gateway gives it. */
function routable({ bot, type, event, text, sender, chat }: Sample): Routable {
  const isEvent = type === 'event';
  const isGroup = chat.trim() !== '';
  const words = type === 'voice' ? { recognition: text } : { content: text };
  return {
    bot,
    type,
    event: isEvent && event.trim() !== '' ? event.trim() : null,
    from: { userId: sender.trim(), corpId: null },
    chat: { id: isGroup ? chat.trim() : sender.trim(), type: isGroup ? 'group' : 'single' },
    content: isEvent ? {} : words,
  };
}
