import { useState } from 'react';
import { useToasts } from '../components/index.ts';

/** A change under way: whether it is, what went wrong, and how to begin it. */
export interface Change {
  readonly busy: boolean;
  readonly error: unknown;
  readonly clear: () => void;
  /** Runs `work`; true when it succeeded. A failure is kept in `error`. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function useChange(): Change {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    busy,
    error,
    clear: () => setError(null),
    run: async (work) => {
      setBusy(true);
      setError(null);
      try {
        await work();
        return true;
      } catch (thrown) {
        setError(thrown);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** Does something at once and says so; `undo` takes it back. A failure is told in the corner. */
export function useAct(): (
  work: () => Promise<unknown>,
  done: string,
  undo?: () => Promise<unknown>,
) => void {
  const toasts = useToasts();
  const act = async (
    work: () => Promise<unknown>,
    done: string,
    undo?: () => Promise<unknown>,
  ): Promise<void> => {
    try {
      await work();
      const takeBack = (): void => {
        undo?.().catch((error: unknown) => toasts.failed(error));
      };
      toasts.done(done, ...(undo === undefined ? [] : [takeBack]));
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (work, done, undo) => void act(work, done, undo);
}
