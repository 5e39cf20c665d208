import type { ServiceReply } from '../../common/domain/inbound.ts';
import { BotCard } from '../../common/domain/card/template-card.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { firstIssue } from '../../common/errors/first-issue.ts';

/**
 * The card of a service's reply, as far as WeCom has limits for it (D101032). Throws `TARGET_REPLY_INVALID` {type, field,
 * reason}: what a smart bot is answered WeCom drops without a word where it is wrong.
 */
export function requireCard(card: unknown, type: ServiceReply['type']): BotCard {
  const result = BotCard.safeParse(card);
  if (result.success) return result.data;
  const { field, reason } = firstIssue(result.error);
  throw new AppError('TARGET_REPLY_INVALID', {
    type,
    field: field === '' ? 'card' : `card.${field}`,
    reason,
  });
}
