import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';

/** Forms that were left unsaved, oldest first. They live as long as the page: what is typed may be a secret. */
const left = new Map<string, unknown>();
const MAX_LEFT = 50;

/** A form's contents, which outlive its page until they are saved or discarded. */
export interface Draft<Form> {
  readonly form: Form;
  readonly set: Dispatch<SetStateAction<Form>>;
  /** Whether these are still the contents that were left unsaved. */
  readonly isRestored: boolean;
  /** Begins anew. */
  readonly discard: () => void;
  /** What stood in the form was saved; `after` gives what stands there now. */
  readonly settle: (after?: (form: Form) => Form) => void;
}

/** `key` names what is edited, `initial` gives the form as it is stored; one that may not be changed shows only that. */
export function useDraft<Form>(key: string, initial: () => Form, isDisabled: boolean): Draft<Form> {
  const [base, setBase] = useState(initial);
  const [isRestored, setRestored] = useState(!isDisabled && left.has(key));
  const [form, setForm] = useState(isRestored ? (left.get(key) as Form) : base);
  useEffect(() => {
    if (isSame(form, base)) {
      left.delete(key);
      return;
    }
    left.set(key, form);
    const [oldest] = left.keys();
    if (left.size > MAX_LEFT && oldest !== undefined) left.delete(oldest);
  }, [key, form, base]);
  return {
    form,
    set: setForm,
    isRestored,
    discard: () => {
      setForm(base);
      setRestored(false);
    },
    settle: (after = (same) => same) => {
      left.delete(key);
      setBase(after(form));
      // Typing went on while it was being saved.
      setForm(after);
      setRestored(false);
    },
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
