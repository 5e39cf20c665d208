import { errors } from 'undici';
import type { ServiceReply } from '../../common/domain/inbound.ts';
import type { StreamFeed } from '../../common/domain/stream.ts';
import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';
import { ADDRESS_REFUSED } from './pool/network-rule.ts';

export interface Delivery {
  /** Same on every attempt. */
  readonly id: string;
  /** The message as JSON. */
  readonly body: string;
  readonly trace: string;
}

/** How one call of a target ended. */
export type CallResult =
  | {
      readonly taken: true;
      readonly reply: ServiceReply | null;
      /** TARGET_REPLY_INVALID where the answer could not be understood. */
      readonly error: ErrorInfo | null;
      /** The rest of an answer that is still being written; it has to be read or given back. */
      readonly feeds?: AsyncGenerator<StreamFeed>;
    }
  | {
      readonly taken: false;
      readonly error: ErrorInfo;
      /** Whether the same message may be taken later. */
      readonly retry: boolean;
    };

/** A call with what it says of the target. */
export interface Called {
  readonly result: CallResult;
  /** Whether it speaks against the target, so that another one is worth a try. */
  readonly faulty: boolean;
  /** For the metrics: a status, `timeout`, `error`, `answer`, `nack`. */
  readonly code: string;
}

/** Why a target could not be reached; `reason` is a system error's code or a word of ours. */
export function unreachableError(target: string, reason: string): AppError {
  if (reason === ADDRESS_REFUSED) return new AppError('TARGET_ADDRESS_REFUSED', { target });
  if (reason === 'no_subscriber') return new AppError('TARGET_NOT_SUBSCRIBED', { target });
  return new AppError('TARGET_UNREACHABLE', { target, reason });
}

/** A target that could not be reached. */
export function unreachable(target: string, reason: string): CallResult {
  return { taken: false, error: unreachableError(target, reason).toInfo(), retry: true };
}

export function timedOut(target: string, ms: number): CallResult {
  const error = new AppError('TARGET_TIMEOUT', { target, ms }).toInfo();
  return { taken: false, error, retry: true };
}

/** What became of a call that threw. */
export function failed(target: string, error: unknown): CallResult {
  return unreachable(target, reasonOf(error));
}

/** A word for a network error: its system code, without addresses. */
export function reasonOf(error: unknown): string {
  if (error instanceof errors.ConnectTimeoutError) return 'ETIMEDOUT';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/** Whether an error of undici came before anything was sent, so that even what is not idempotent may be sent elsewhere. */
export function beforeSending(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  if (error instanceof AggregateError) return error.errors.some(beforeSending);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'].includes(code);
}
