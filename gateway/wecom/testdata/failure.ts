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

/** Whether `run` returned or threw an {@link AppError}; anything else that it throws is thrown on. */
export function outcomeOf(run: () => unknown): 'accepted' | 'refused' {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return 'refused';
    throw error;
  }
}
