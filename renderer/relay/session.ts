import * as z from 'zod';
import { relayPaths, type LoginRequest } from '../../common/contract/relay-api.ts';
import { AppError, fromErrorInfo } from '../../common/errors/app-error.ts';

const Session = z.object({ user: z.string().nullable() });
const Problem = z.object({
  error: z.object({
    code: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
});

/** The signed-in user, or null. Throws `HOST_GONE` when the relay does not answer. */
export async function currentUser(): Promise<string | null> {
  return (await ask(relayPaths.session, 'GET', Session)).user;
}

/**
 * Signs in; see `LoginRequest`. Null when the password works once only, so that a new one has to come with it.
 * Throws what the relay says, and `HOST_GONE`.
 */
export async function logIn(request: LoginRequest): Promise<string | null> {
  return (await ask(relayPaths.login, 'POST', Session, request)).user;
}

/** Ends this browser's session. */
export async function logOut(): Promise<void> {
  await ask(relayPaths.logout, 'POST', z.null());
}

async function ask<T>(
  path: string,
  method: 'GET' | 'POST',
  schema: z.ZodType<T>,
  body?: object,
): Promise<T> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new AppError('HOST_GONE', {}, { cause });
  });
  const value: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) {
    const problem = Problem.safeParse(value);
    throw problem.success ? fromErrorInfo(problem.data.error) : new AppError('HOST_GONE');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new AppError('CONTRACT_VERSION');
  return parsed.data;
}
