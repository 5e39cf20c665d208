import * as z from 'zod';
import { errorCodes, isErrorCode, type ErrorCode } from './codes.ts';

/** Values that fill the places in an error's words: never a secret, never message text. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** An error as data: what crosses a wire, is stored with a state, and is put into words by the i18n bundle. */
export const ErrorInfo = z.object({
  code: z.enum(errorCodes),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** The one error class that leaves a room. Anything else thrown is a defect and becomes `INTERNAL`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: { cause?: unknown }) {
    super(describe(code, params), options);
    this.code = code;
    this.params = params;
  }

  /** The error without its stack and cause, as it may be shown and sent. */
  toInfo(): ErrorInfo {
    return { code: this.code, params: { ...this.params } };
  }
}

/** Any thrown value as an {@link ErrorInfo}; a foreign error becomes `INTERNAL` without its text, which may hold secrets. */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof AppError) return thrown.toInfo();
  return { code: 'INTERNAL', params: {} };
}

/** An error of another program as data; an unknown code (a newer one's) becomes `INTERNAL` and keeps the code as a parameter. */
export function knownErrorInfo(info: { code: string; params?: ErrorParams }): ErrorInfo {
  const { code, params = {} } = info;
  return isErrorCode(code)
    ? { code, params: { ...params } }
    : { code: 'INTERNAL', params: { code } };
}

/** Rebuilds an error that crossed a wire, by the rule of {@link knownErrorInfo}. */
export function fromErrorInfo(info: { code: string; params?: ErrorParams }): AppError {
  const { code, params } = knownErrorInfo(info);
  return new AppError(code, params);
}

function describe(code: ErrorCode, params: ErrorParams): string {
  const words = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
  return words.length === 0 ? code : `${code} (${words.join(', ')})`;
}
