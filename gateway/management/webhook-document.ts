import * as z from 'zod';
import { InboundMessage, ServiceAnswer } from '../../common/domain/inbound.ts';
import { messageForms, type MessageForm } from '../../common/domain/message/forms.ts';
import { jsonSchema } from './schemas.ts';

type Json = Record<string, unknown>;

/** `change_contact` of an app → `AppEventChangeContact`; `text` of a smart bot → `BotText`. */
export function formName({ sender, type, event }: MessageForm): string {
  const words = (event ?? type).toLowerCase().split('_');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `${sender === 'app' ? 'App' : 'Bot'}${event === null ? '' : 'Event'}${name}`;
}

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** A message of one form: the envelope, and what it says about type, event and content. */
function formSchema({ sender, type, event, content }: MessageForm): Json {
  const properties = {
    kind: { enum: [sender, 'sealed'] },
    type: { enum: [type] },
    event: { enum: [event] },
    content: jsonSchema(content, 'output'),
  };
  return { allOf: [reference('InboundMessage'), { type: 'object', properties }] };
}

/** Every message that services get, by name, for `components.schemas`; `InboundMessage` is what each of them is at least. */
export function messageSchemas(): Record<string, Json> {
  return {
    InboundMessage: jsonSchema(InboundMessage, 'output'),
    ...Object.fromEntries(messageForms.map((form) => [formName(form), formSchema(form)])),
  };
}

const inHeader = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: jsonSchema(z.string(), 'output'),
});

/** What targets are called with and answer: OpenAPI 3.1 `webhooks`. */
export function messageWebhooks(): Record<string, Json> {
  const known = messageForms.map((form) => reference(formName(form)));
  const message = {
    summary:
      'A message or event, POSTed to a target; the same JSON is in the frames of a WebSocket',
    description:
      'The last of the forms fits every message: types and events that are not known come under it.',
    parameters: [
      inHeader('webhook-id', 'The same on every attempt; what was seen is not done again.'),
      inHeader('webhook-timestamp', 'Seconds since the epoch.'),
      inHeader('webhook-signature', 'Standard Webhooks: v1,HMAC-SHA256 over id.timestamp.body.'),
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { anyOf: [...known, reference('InboundMessage')] } },
      },
    },
    responses: {
      200: {
        description: 'Taken; a reply goes back to who wrote.',
        content: { 'application/json': { schema: jsonSchema(ServiceAnswer, 'input') } },
      },
      204: { description: 'Taken, without a reply.' },
      422: { description: 'Never take this message: it is given up.' },
      503: { description: 'Not now: another target is tried, then again later.' },
    },
  };
  return { message: { post: message } };
}
