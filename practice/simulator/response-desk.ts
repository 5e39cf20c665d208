import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { utf8Length } from '../../common/text/utf8.ts';
import { badParameter, ok, refusals, refuse, type ApiAnswer } from './errcodes.ts';
import { createRing } from './ring.ts';
import type { Call, ChatMessage } from './robot.ts';

/** A smart bot's later answers (D101138): each `response_url` takes one message within an hour. */
export interface ResponseDesk {
  newCode(bot: string, now: number): string;
  respond(code: string, body: string, call: Call): ApiAnswer;
  messages(after: number): ChatMessage[];
}

const HOUR = 3_600_000;
const KEPT_CODES = 1_000;
const MARKDOWN_BYTES = 20_480;

const Answer = z.discriminatedUnion('msgtype', [
  z.looseObject({
    msgtype: z.literal('markdown'),
    markdown: z.looseObject({ content: z.string() }),
  }),
  z.looseObject({ msgtype: z.literal('template_card'), template_card: z.looseObject({}) }),
]);

export function createResponseDesk(nextId: () => number): ResponseDesk {
  const codes = new Map<string, { bot: string; until: number }>();
  const kept = createRing<ChatMessage>(500, 8 << 20);

  return {
    newCode(bot, now) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, { bot, until: now + HOUR });
      for (const oldest of codes.keys()) {
        if (codes.size <= KEPT_CODES) break;
        codes.delete(oldest);
      }
      return code;
    },
    respond(code, body, { fromIp, now }) {
      const waiting = codes.get(code);
      if (waiting === undefined || waiting.until <= now) {
        return refuse(badParameter('response_code is invalid, expired or used'), fromIp, now);
      }
      const answer = readAnswer(body);
      if (answer === null) return refuse(badParameter('msgtype or its content'), fromIp, now);
      if (answer.msgtype === 'markdown') {
        if (answer.markdown.content === '') return refuse(refusals.emptyContent, fromIp, now);
        if (utf8Length(answer.markdown.content) > MARKDOWN_BYTES) {
          return refuse(refusals.tooLongText, fromIp, now);
        }
      }
      codes.delete(code);
      const record = { id: nextId(), robot: waiting.bot, at: now, msgtype: answer.msgtype };
      kept.add({ ...record, message: answer }, body.length);
      return ok;
    },
    messages: (after) => kept.list().filter(({ id }) => id > after),
  };
}

function readAnswer(body: string): z.infer<typeof Answer> | null {
  try {
    return Answer.parse(JSON.parse(body));
  } catch {
    return null;
  }
}
