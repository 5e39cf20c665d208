import {
  LateReply,
  receivesCallbacks,
  type BotEgress,
  type BotInput,
  type BotKind,
  type BotView,
  type TargetInput,
  type TargetView,
} from '../../../common/domain/bot.ts';
import { freeId } from '../../app/ids.ts';

/** Where a bot's messages go, as chosen in the form: only into the inbox, to a service that is known, or to a new one. */
export type TargetChoice =
  { readonly to: 'inbox' } | { readonly to: 'known'; readonly id: string } | { readonly to: 'new' };

/** A bot as it stands in the form. Secrets are what was typed; empty keeps what is stored. */
export interface BotForm {
  readonly kind: BotKind;
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly encodingAesKey: string;
  readonly receiveId: string;
  readonly webhook: string;
  /** Sending of a self-built app; its CorpID is the ReceiveId above. */
  readonly corpSecret: string;
  readonly agentId: string;
  readonly egress: BotEgress;
  /** Robots that take over, in their order. */
  readonly overflow: readonly string[];
  /** Empty: as is usual for the kind. */
  readonly lateReply: string;
  readonly apiBase: string;
  readonly fetchMedia: boolean;
  readonly isDefault: boolean;
  readonly target: TargetChoice;
  readonly targetUrl: string;
  readonly targetSecret: string;
  /** Takes the stored signing secret away. */
  readonly dropTargetSecret: boolean;
}

export function emptyForm(kind: BotKind): BotForm {
  return {
    kind,
    id: '',
    name: '',
    token: '',
    encodingAesKey: '',
    receiveId: '',
    webhook: '',
    corpSecret: '',
    agentId: '',
    egress: 'auto',
    overflow: [],
    lateReply: '',
    apiBase: '',
    fetchMedia: false,
    isDefault: false,
    target: { to: 'inbox' },
    targetUrl: '',
    targetSecret: '',
    dropTargetSecret: false,
  };
}

/** The form for a bot that is stored. */
export function formOf(bot: BotView, targets: readonly TargetView[]): BotForm {
  const form = {
    ...emptyForm(bot.kind),
    id: bot.id,
    name: bot.name,
    receiveId: bot.receiveId,
    agentId: bot.agentId === null ? '' : String(bot.agentId),
    egress: bot.egress,
    overflow: bot.overflow,
    lateReply: bot.lateReply ?? '',
    apiBase: bot.apiBase ?? '',
    fetchMedia: bot.fetchMedia,
    isDefault: bot.isDefault,
  };
  return bot.target === null ? form : chooseTarget(form, { to: 'known', id: bot.target }, targets);
}

/** The form with another target, its address as it is stored; a new one begins empty. */
export function chooseTarget(
  form: BotForm,
  target: TargetChoice,
  targets: readonly TargetView[],
): BotForm {
  const stored = target.to === 'known' ? targets.find(({ id }) => id === target.id) : undefined;
  return {
    ...form,
    target,
    targetUrl: stored?.url ?? '',
    targetSecret: '',
    dropTargetSecret: false,
  };
}

/** What is saved, the target first: a bot may only name one that exists. */
export interface BotSave {
  /** Null where the target is stored like this already, or there is none. */
  readonly target: TargetInput | null;
  readonly bot: BotInput;
}

/** The form as inputs of the contract. Fields that the kind does not have are left out. */
export function saveOf(form: BotForm, targets: readonly TargetView[]): BotSave {
  const receives = receivesCallbacks(form.kind);
  const targetId = receives ? targetIdOf(form, targets) : null;
  const hasWebhook = form.kind === 'robot' || form.kind === 'sealed';
  return {
    target: targetId === null ? null : changedTarget(form, targetId, targets),
    bot: {
      id: form.id,
      kind: form.kind,
      name: form.name.trim(),
      ...(receives && form.token !== '' && { token: form.token }),
      ...(receives && form.encodingAesKey !== '' && { encodingAesKey: form.encodingAesKey }),
      receiveId: form.kind === 'app' ? form.receiveId.trim() : '',
      ...(hasWebhook && form.webhook.trim() !== '' && { webhook: form.webhook.trim() }),
      ...sendingOf(form),
      target: targetId,
      isDefault: receives && form.isDefault,
    },
  };
}

/** How the bot sends; what its kind does not have is taken away. */
function sendingOf(form: BotForm): Partial<BotInput> {
  const isApp = form.kind === 'app';
  const late = LateReply.safeParse(form.lateReply);
  const apiBase = form.apiBase.trim();
  return {
    ...(isApp && form.corpSecret !== '' && { corpSecret: form.corpSecret.trim() }),
    corpId: isApp && form.receiveId.trim() !== '' ? form.receiveId.trim() : null,
    agentId: isApp && form.agentId.trim() !== '' ? Number(form.agentId) : null,
    egress: form.kind === 'sealed' ? 'auto' : form.egress,
    overflow: form.kind === 'robot' ? [...form.overflow] : [],
    lateReply: hasLateReply(form.kind) && late.success ? late.data : null,
    apiBase: isApp && apiBase !== '' ? apiBase : null,
    fetchMedia: form.kind === 'aibot' && form.fetchMedia,
  };
}

/** Kinds whose service may answer after WeCom has stopped waiting. */
export function hasLateReply(kind: BotKind): boolean {
  return kind === 'app' || kind === 'aibot';
}

/** Whether the chosen target has no address because it fetches its messages over a WebSocket. */
export function isSubscriber(form: BotForm, targets: readonly TargetView[]): boolean {
  const { target } = form;
  return target.to === 'known' && targets.some(({ id, url }) => id === target.id && url === '');
}

function targetIdOf(form: BotForm, targets: readonly TargetView[]): string | null {
  switch (form.target.to) {
    case 'inbox':
      return null;
    case 'known':
      return form.target.id;
    case 'new':
      return freeId(form.id, targets);
  }
}

function changedTarget(
  form: BotForm,
  id: string,
  targets: readonly TargetView[],
): TargetInput | null {
  const stored = targets.find((target) => target.id === id);
  const url = form.targetUrl.trim();
  const hasSecret = form.targetSecret !== '' || form.dropTargetSecret;
  if (stored?.url === url && !hasSecret) return null;
  return { id, url, ...(hasSecret && { secret: form.targetSecret }) };
}
