import { expect, it } from 'vitest';
import * as z from 'zod';
import { messageForms } from '../../common/domain/message/forms.ts';
import { answered, startGateway } from '../testing/harness.ts';
import { formName } from './webhook-document.ts';

const Schema = z.looseObject({});
const Document = z.object({
  components: z.object({ schemas: z.record(z.string(), Schema) }),
  webhooks: z.object({ message: z.object({ post: Schema }) }),
});

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

it('names each message type and event once, and the document has them all', async () => {
  const names = messageForms.map(formName);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['AppText', 'AppEventChangeContact', 'BotMixed', 'BotEventEnterChat']),
  );
  const gateway = await startGateway({});
  const body: unknown = JSON.parse((await answered(gateway, '/api/openapi.json')).body);
  const { components, webhooks } = Document.parse(body);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining([...names, 'InboundMessage']),
  );
  expect(components.schemas['AppEventTemplateCardMenuEvent']).toMatchObject({
    allOf: [
      { $ref: '#/components/schemas/InboundMessage' },
      {
        properties: {
          kind: { enum: ['app', 'sealed'] },
          type: { enum: ['event'] },
          event: { enum: ['template_card_menu_event'] },
          content: { properties: { eventKey: { type: 'string' } }, required: ['eventKey'] },
        },
      },
    ],
  });
  const refs = new Set(references(webhooks));
  expect([...refs].sort()).toEqual(
    ['InboundMessage', ...names].map((name) => `#/components/schemas/${name}`).sort(),
  );
  const post = z
    .object({ requestBody: Schema, responses: Schema, parameters: z.array(Schema) })
    .parse(webhooks.message.post);
  expect(post.parameters.map(({ name }) => name)).toEqual([
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
  ]);
});
