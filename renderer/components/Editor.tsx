import { useState, type ReactElement, type ReactNode, type SyntheticEvent } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { navigate } from '../app/router.ts';
import type { ScreenName } from '../app/screen-names.ts';
import { focusFirstProblem } from '../app/scroll.ts';
import { Button } from './Button.tsx';
import { ErrorText } from './ErrorText.tsx';
import { PageHeader } from './Layout.tsx';
import { LockedNote } from './Locked.tsx';
import { PageLink } from './PageLink.tsx';
import type { Draft } from './useDraft.ts';
import styles from './Editor.module.css';

/** A form's saving: what is wrong is shown before it is tried, and what went wrong after. */
export interface Saving {
  /** Whether it was tried with something wrong: from then on also empty fields are marked. */
  readonly attempted: boolean;
  readonly busy: boolean;
  /** What the host said no with; null while it did not. */
  readonly error: unknown;
  /** Forgets what the host said no with: what it was about was changed. */
  readonly clear: () => void;
  /** Runs `save` where there is no problem, once at a time; what it throws is shown. */
  readonly run: (problems: object, save: () => Promise<void>) => Promise<void>;
}

export function useSaving(isDisabled: boolean): Saving {
  const [attempted, setAttempted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run: Saving['run'] = async (problems, save) => {
    if (busy || isDisabled) return;
    if (Object.keys(problems).length > 0) {
      setAttempted(true);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await save();
      setAttempted(false);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return { attempted, busy, error, clear: () => setError(null), run };
}

export interface EditorProps {
  readonly title: string;
  /** The list that it belongs to. */
  readonly screen: ScreenName;
  readonly query?: Readonly<Record<string, string>>;
  /** The words of the way back, above and beside Save. */
  readonly back: string;
  readonly leave: string;
  readonly saving: Saving;
  readonly draft: Pick<Draft<unknown>, 'isRestored' | 'discard'>;
  readonly onSave: () => Promise<void>;
  /** The file that defines what is edited; null where it may be changed here. */
  readonly lockedBy: string | null;
  readonly isDisabled: boolean;
  /** Said in place of Save to somebody who may not. */
  readonly mayNot?: string | null;
  /** Delete and the like; shown where it may be changed. */
  readonly actions?: ReactNode;
  /** What stands beside the form, with a frame of its own. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of a form that adds or edits one thing: heading with the way back, lock, fields, what went wrong, Save. */
export function Editor(props: EditorProps): ReactElement {
  const { saving, draft, isDisabled, lockedBy, aside, actions } = props;
  const t = useTranslate();
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = event.currentTarget;
    void props.onSave();
    // What is wrong is marked by then.
    requestAnimationFrame(() => focusFirstProblem(fields));
  };
  const leave = (): void => navigate(props.screen, null, props.query ?? {});
  const form = (
    <form
      className={aside === undefined ? styles.single : styles.form}
      onSubmit={submit}
      noValidate
    >
      {lockedBy !== null && <LockedNote source={lockedBy} />}
      {props.mayNot != null && <p className={styles.quiet}>{props.mayNot}</p>}
      {draft.isRestored && !isDisabled && (
        <p className={styles.restored} role="status">
          {t('common.draft.restored')}
          <Button size="small" onPress={draft.discard}>
            {t('common.draft.discard')}
          </Button>
        </p>
      )}
      {props.children}
      {!isDisabled && (
        <div className={styles.foot}>
          {saving.error !== null && <ErrorText error={saving.error} />}
          <div className={styles.submit}>
            <Button variant="primary" type="submit" isPending={saving.busy}>
              {t('common.save')}
            </Button>
            <Button onPress={leave}>{props.leave}</Button>
          </div>
        </div>
      )}
    </form>
  );
  return (
    <>
      <PageHeader
        title={props.title}
        summary={
          <PageLink
            screen={props.screen}
            {...(props.query !== undefined && { query: props.query })}
          >
            {props.back}
          </PageLink>
        }
        {...(actions !== undefined && !isDisabled && { actions })}
      />
      {aside === undefined ? (
        form
      ) : (
        <div className={styles.columns}>
          {form}
          {aside}
        </div>
      )}
    </>
  );
}

/** A titled part beside the form. */
export function EditorAside(props: { title: string; children: ReactNode }): ReactElement {
  return (
    <aside className={styles.aside} aria-label={props.title}>
      <h2 className={styles.asideTitle}>{props.title}</h2>
      {props.children}
    </aside>
  );
}
