import { expect } from 'vitest';
import * as z from 'zod';
import type { Gateway } from '../types.ts';
import { answered, type Answered } from './harness.ts';

const Answer = z.object({
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })).optional(),
});
const Operation = z.object({
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional(),
  responses: z.record(z.string(), Answer),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

/** The OpenAPI document of a gateway, held against what it answers. */
export interface ApiDocument {
  /** `GET /api/messages/{id}`, each one. */
  readonly operations: readonly string[];
  operation(name: string): z.infer<typeof Operation>;
  /**
   * Asks and expects that the document has the status, and that the body is of the schema that stands with it.
   * `name` is an operation; its parameters are taken from `path`.
   */
  ask(
    name: string,
    path?: Readonly<Record<string, string>>,
    more?: {
      readonly key?: string;
      readonly query?: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Answered>;
  /** Which statuses were seen of which operation. */
  readonly seen: ReadonlyMap<string, ReadonlySet<number>>;
}

export async function readApiDocument(gateway: Gateway): Promise<ApiDocument> {
  const { paths } = Document.parse(JSON.parse((await answered(gateway, '/api/openapi.json')).body));
  const operations = new Map<string, z.infer<typeof Operation>>(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    ),
  );
  const seen = new Map<string, Set<number>>();

  function operation(name: string): z.infer<typeof Operation> {
    const found = operations.get(name);
    if (found === undefined) throw new Error(`the document has no ${name}`);
    return found;
  }

  return {
    operations: [...operations.keys()],
    operation,
    seen,
    async ask(name, path = {}, { key, query = '', body, headers = {} } = {}) {
      const { responses } = operation(name);
      const [method = '', template = ''] = name.split(' ');
      const target = template.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
        encodeURIComponent(path[parameter] ?? ''),
      );
      const isJson = body !== undefined && !Buffer.isBuffer(body) && typeof body !== 'string';
      const answer = await answered(gateway, `${target}${query}`, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(isJson ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
      });
      const where = `${name} → ${answer.status} ${answer.body.slice(0, 300)}`;
      seen.set(name, (seen.get(name) ?? new Set()).add(answer.status));
      const documented = responses[String(answer.status)];
      expect(documented, where).toBeDefined();
      const [type = ''] = (answer.headers['content-type'] ?? '').split(';');
      const content = documented?.content ?? {};
      if (type === '') expect(content, where).toEqual({});
      else if (type === 'application/json') {
        const schema = content[type]?.schema;
        expect(schema, where).toBeDefined();
        const result = z
          .fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
          .safeParse(JSON.parse(answer.body));
        expect(result.error?.issues, where).toBeUndefined();
      } else expect(Object.keys(content), where).not.toEqual([]);
      return answer;
    },
  };
}
