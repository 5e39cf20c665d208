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

export const security = [{ apiKey: [] }];
