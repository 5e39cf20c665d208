import { memo, useState, type ReactElement, type ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslate } from '../app/locale.tsx';
import { Button } from './Button.tsx';
import { cx } from './cx.ts';
import { ErrorText } from './ErrorText.tsx';
import styles from './Dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons, the main one last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
}

/** A modal: Escape and a click beside it close it, and the focus returns where it was. */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  actions,
  wide = false,
}: DialogProps): ReactElement {
  return (
    <ModalOverlay
      className={cx(styles.overlay)}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx(styles.modal, wide && styles.wide)}>
        <AriaDialog className={cx(styles.dialog)}>
          <Held isHeld={!isOpen}>
            <Heading slot="title" level={2} className={cx(styles.title)}>
              {title}
            </Heading>
            <div className={styles.body}>{children}</div>
            {actions !== undefined && <div className={styles.actions}>{actions}</div>}
          </Held>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What a dialog was about may be gone by the time that it has faded: until then it says what it said. */
const Held = memo(
  ({ children }: { isHeld: boolean; children: ReactNode }) => children,
  (_, { isHeld }) => isHeld,
);

export interface ConfirmDialogProps {
  /** The act and what it ends, as a question: "Forget this device?" */
  readonly title: string;
  /** What will be gone, and what would be needed to have it again. */
  readonly children: ReactNode;
  /** The verb on the button, never "OK". */
  readonly confirm: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** A rejection is shown in the dialog, which stays open. */
  readonly onConfirm: () => Promise<void>;
}

/** Asks before something that cannot be undone; the focus starts on Cancel. */
export function ConfirmDialog(props: ConfirmDialogProps): ReactElement {
  const { title, children, confirm, isOpen, onClose, onConfirm } = props;
  const t = useTranslate();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = (): void => {
    setError(null);
    onClose();
  };
  const act = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={close}
      actions={
        <>
          <Button autoFocus onPress={close}>
            {t('common.cancel')}
          </Button>
          <Button variant="danger" isPending={busy} onPress={() => void act()}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {error !== null && <ErrorText error={error} />}
    </Dialog>
  );
}
