import { createContext, use, useMemo, type ReactElement, type ReactNode } from 'react';
import {
  Text,
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as AriaToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import { useTranslate } from '../app/locale.tsx';
import type { Tone } from '../../common/domain/tunnel.ts';
import { CloseIcon } from '../icons/index.tsx';
import { Button, IconButton } from './Button.tsx';
import { cx } from './cx.ts';
import { ErrorText } from './ErrorText.tsx';
import { StatusShape } from './StatusShape.tsx';
import styles from './Toast.module.css';

/** Long enough to read and to reach Undo; the time stands still while the pointer or the focus is there. */
const STANDS_MS = 8000;
const AT_ONCE = 3;

interface ToastItem {
  readonly tone: Tone;
  readonly text: string;
  readonly error?: unknown;
  readonly undo?: () => void;
}

export interface Toasts {
  /** Says what was done; with `undo` there is a button that takes it back. */
  readonly done: (text: string, undo?: () => void) => void;
  /** Says what could not be done, and what would let it be. */
  readonly warn: (text: string) => void;
  /** Says why something failed, from whatever was thrown. */
  readonly failed: (error: unknown) => void;
}

const ToastsContext = createContext<Toasts>({
  done: () => undefined,
  warn: () => undefined,
  failed: () => undefined,
});

export function useToasts(): Toasts {
  return use(ToastsContext);
}

function toastsOver(queue: ToastQueue<ToastItem>): Toasts {
  let last: string | null = null;
  return {
    done: (text, undo) => {
      // Only the last act can be taken back, so its toast takes the place of the one before.
      if (last !== null) queue.close(last);
      last = queue.add(
        { tone: 'ok', text, ...(undo === undefined ? {} : { undo }) },
        { timeout: STANDS_MS },
      );
    },
    warn: (text) => {
      queue.add({ tone: 'warn', text }, { timeout: STANDS_MS });
    },
    failed: (error) => {
      queue.add({ tone: 'bad', text: '', error });
    },
  };
}

/** Shows toasts in the corner; F6 brings the focus there. */
export function ToastProvider({ children }: { children: ReactNode }): ReactElement {
  const t = useTranslate();
  const queue = useMemo(() => new ToastQueue<ToastItem>({ maxVisibleToasts: AT_ONCE }), []);
  const toasts = useMemo(() => toastsOver(queue), [queue]);
  return (
    <ToastsContext value={toasts}>
      {children}
      <ToastRegion queue={queue} className={cx(styles.region)} aria-label={t('common.notices')}>
        {({ toast }) => (
          <AriaToast toast={toast} className={cx(styles.toast)}>
            <AriaToastContent className={cx(styles.content)}>
              <Text slot="title" elementType="div" className={cx(styles.title)}>
                <Content item={toast.content} />
              </Text>
            </AriaToastContent>
            <div className={styles.actions}>
              {toast.content.undo !== undefined && (
                <Button
                  variant="quiet"
                  size="small"
                  onPress={() => {
                    toast.content.undo?.();
                    queue.close(toast.key);
                  }}
                >
                  {t('common.undo')}
                </Button>
              )}
              <IconButton
                size="small"
                label={t('common.dismiss')}
                icon={<CloseIcon size={14} />}
                onPress={() => queue.close(toast.key)}
              />
            </div>
          </AriaToast>
        )}
      </ToastRegion>
    </ToastsContext>
  );
}

function Content({ item }: { item: ToastItem }): ReactElement {
  if (item.error !== undefined) return <ErrorText error={item.error} quiet />;
  return (
    <>
      <StatusShape tone={item.tone} />
      <span>{item.text}</span>
    </>
  );
}
