import { AppMessage, appLimits } from '../../../common/domain/app-message.ts';
import {
  RobotMessage,
  robotLimits,
  type OutgoingMessage,
} from '../../../common/domain/outgoing.ts';
import { utf8Length } from '../../../common/text/utf8.ts';
import { buildApp } from './build-app.ts';
import { buildRobot } from './build-robot.ts';
import type { Draft, MessageType, SenderKind } from './draft.ts';
import { jsonIssues, type Problem } from './problem.ts';

/** A draft as a message, or what stands in its way, each problem at the field that it belongs to. */
export type Composed =
  | { readonly ok: true; readonly message: OutgoingMessage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Turns what was typed into the message that WeCom takes. What WeCom would refuse is refused here, with its reason. */
export function compose(draft: Draft, kind: SenderKind = 'robot'): Composed {
  const [candidate, problems] = kind === 'app' ? buildApp(draft) : buildRobot(draft);
  if (problems.length > 0) return { ok: false, problems };
  const schema = kind === 'app' ? AppMessage : RobotMessage;
  const parsed = schema.safeParse(candidate);
  if (!parsed.success) return { ok: false, problems: jsonIssues(parsed.error, mainField(draft)) };
  const size = draftSize(draft, kind);
  if (size !== null && size.used > size.limit && !isSplit(draft)) {
    const params = { count: size.used - size.limit, limit: size.limit };
    return { ok: false, problems: [{ path: mainField(draft), code: 'tooLong', params }] };
  }
  return { ok: true, message: parsed.data };
}

/** Whether a message that is too long leaves as several. */
function isSplit({ type, choices }: Draft): boolean {
  return choices.split && isSplittable(type);
}

/** Text can be cut; nothing else can. */
export function isSplittable(type: MessageType): boolean {
  return type === 'text' || type === 'markdown' || type === 'markdown_v2';
}

/** Where the main field of a draft's type stands. */
function mainField({ type, card }: Draft): string {
  if (type !== 'template_card') return type;
  return card.mode === 'json' ? 'card.json' : 'card';
}

/** Bytes used of the limit, also while the message cannot be sent yet; null where the type has none as a whole. */
export function draftSize(
  draft: Draft,
  kind: SenderKind = 'robot',
): { used: number; limit: number } | null {
  const isApp = kind === 'app';
  switch (draft.type) {
    case 'text':
      return {
        used: utf8Length(draft.text.content),
        limit: isApp ? appLimits.textBytes : robotLimits.textBytes,
      };
    case 'markdown':
      return {
        used: utf8Length(draft.markdown),
        limit: isApp ? appLimits.markdownBytes : robotLimits.markdownBytes,
      };
    case 'markdown_v2':
      return { used: utf8Length(draft.markdownV2), limit: robotLimits.markdownBytes };
    case 'image':
      return isApp ? null : { used: draft.image?.bytes ?? 0, limit: robotLimits.imageBytes };
    case 'textcard':
      return {
        used: utf8Length(draft.textcard.description),
        limit: appLimits.cardDescriptionBytes,
      };
    default:
      return null;
  }
}
