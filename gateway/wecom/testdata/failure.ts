import { AppError } from '../../../common/errors/app-error.ts';

/** Code and WeCom number that `run` fails with; fails itself where nothing or something foreign is thrown. */
export function failureOf(run: () => unknown): { code: string; wecom: unknown } {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, wecom: error.params['wecom'] };
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Runs `run`; an {@link AppError} is an answer like any other, anything else is thrown on. */
export function toleratingAppErrors(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
