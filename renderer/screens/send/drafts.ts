import { useCallback, useSyncExternalStore } from 'react';
import { createDrafts, type Draft } from './draft.ts';

/** Lives as long as the page: a draft outlasts going to another screen, and is never written to disk. */
const drafts = createDrafts();

/** What is typed for a bot, and how to change it. */
export function useDraft(bot: string): readonly [Draft, (change: (draft: Draft) => Draft) => void] {
  const draft = useSyncExternalStore(drafts.subscribe, () => drafts.get(bot));
  const change = useCallback(
    (next: (draft: Draft) => Draft) => drafts.set(bot, next(drafts.get(bot))),
    [bot],
  );
  return [draft, change];
}
