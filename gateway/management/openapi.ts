import type { FastifyInstance } from 'fastify';
import { ErrorBody, jsonSchema } from './schemas.ts';

/** An error answer as the OpenAPI document describes it. */
export const failure = (description: string) => ({
  description,
  content: { 'application/json': { schema: jsonSchema(ErrorBody, 'output') } },
});

/** A JSON answer as the OpenAPI document describes it. */
export const success = (description: string, schema: Record<string, unknown>) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer without a body. */
export const nothing = (description: string) => ({ description, type: 'null' });

export const security = [{ apiKey: [] }];

/** What an operation may answer that calls WeCom. */
export const wecomFailures = {
  502: failure('WeCom refused it, or was not reached.'),
  503: failure('The way through the relay is closed.'),
  504: failure('WeCom did not answer in time.'),
};
/** What an operation may answer that writes. */
export const unstored = { 503: failure('It cannot be stored.') };

/** What an operation may answer beside what it says of itself. */
export function documentRefusals(app: FastifyInstance): void {
  app.addHook('onRoute', ({ schema, method }) => {
    if (schema === undefined || schema.hide === true) return;
    const takesBody = [method].flat().some((name) => name === 'POST' || name === 'PUT');
    schema.response = {
      ...(schema.security === undefined
        ? {}
        : {
            400: failure('The request cannot be understood.'),
            401: failure('No valid key.'),
          }),
      403: failure('The key may not do this, or the host is not one of this machine’s names.'),
      ...(takesBody ? { 413: failure('The body is too large.') } : {}),
      500: failure('A defect; the log has more.'),
      ...(schema.response as object | undefined),
    };
  });
}
