import * as z from 'zod';
import { appLimits } from '../app-message.ts';
import { AppCard } from './template-card.ts';

const id = z.string().min(1).max(64);

/**
 * What becomes of an app's card that was sent before (WeCom D94888): once, within 72 hours of the answer or the event that had its
 * `response_code`. Either another card in its place, or a word on its button. Field names are WeCom's own; `agentid` is the bot's.
 */
export const CardUpdate = z
  .object({
    /** From the answer to `message/send`, or from the event of a click. */
    response_code: z.string().min(1).max(512),
    /** Of those that have it, who sees the change. */
    userids: z.array(id).max(appLimits.users).optional(),
    partyids: z.array(z.int()).max(appLimits.parties).optional(),
    tagids: z.array(z.int()).max(appLimits.tags).optional(),
    /** 1: everyone that has it. */
    atall: z.union([z.literal(0), z.literal(1)]).optional(),
    template_card: AppCard.optional(),
    button: z.object({ replace_name: z.string().min(1) }).optional(),
  })
  .refine(({ template_card: card, button }) => (card === undefined) !== (button === undefined), {
    path: ['template_card'],
    message: 'this or button is needed',
  });
export type CardUpdate = z.infer<typeof CardUpdate>;

/** Who of those that were named does not see it. */
export const CardUpdated = z.object({ invalidUsers: z.array(z.string()) });
export type CardUpdated = z.infer<typeof CardUpdated>;
