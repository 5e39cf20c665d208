import type { ZodError } from 'zod';

export type ProblemCode =
  | 'required'
  | 'tooLong'
  | 'mobile'
  | 'address'
  | 'noImage'
  | 'json'
  | 'jsonLine'
  | 'jsonField'
  | 'titleOrText'
  | 'tooMany'
  | 'tooManyCharacters'
  | 'past'
  | 'far';

/** Something that keeps a message from being sent, at the field it belongs to (`news.2.url`). */
export interface Problem {
  readonly path: string;
  readonly code: ProblemCode;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** The first problem of a field. */
export function problemAt(problems: readonly Problem[], path: string): Problem | null {
  return problems.find((problem) => problem.path === path) ?? null;
}

/** A schema's complaints, each with the field that it names. */
export function jsonIssues(error: ZodError, path: string): Problem[] {
  return error.issues.map((issue) => ({
    path,
    code: 'jsonField',
    params: { field: issue.path.map(String).join('.') || '·' },
  }));
}

export function atPath(path: string, problem: Problem): Problem {
  return { ...problem, path };
}

/** An absolute http or https address. */
export function isWebAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text.trim()).protocol);
  } catch {
    return false;
  }
}
