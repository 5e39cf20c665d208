import type { Draft, SenderKind } from '../draft.ts';

/** What each type's form is given. */
export interface FormProps {
  readonly bot: string;
  readonly kind: SenderKind;
  readonly draft: Draft;
  readonly change: (next: (draft: Draft) => Draft) => void;
  /** What is wrong with a field (`news.0.url`), in words, or null. */
  readonly problem: (path: string) => string | null;
}
