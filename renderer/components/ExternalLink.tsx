import type { ReactElement, ReactNode } from 'react';
import { useCan, useClient } from '../app/console.tsx';
import { isSafeExternalUrl } from '../../common/external-url.ts';
import { ExternalIcon } from '../icons/index.tsx';
import { cx } from './cx.ts';
import { useToasts } from './Toast.tsx';
import styles from './Layout.module.css';

/** A link that leaves the console, opened by the system's browser; an address that is not safe to open is text only. */
export function ExternalLink(props: { href: string; children: ReactNode }): ReactElement {
  const { href, children } = props;
  const isDesktop = useCan('desktop');
  const client = useClient();
  const toasts = useToasts();
  const open = async (): Promise<void> => {
    try {
      await client.call('shell.openExternal', { url: href });
    } catch (error) {
      toasts.failed(error);
    }
  };
  if (!isSafeExternalUrl(href)) return <span>{href}</span>;
  return (
    <a
      className={cx(styles.external)}
      href={href}
      target="_blank"
      rel="noreferrer"
      onClick={(event) => {
        if (!isDesktop) return;
        event.preventDefault();
        void open();
      }}
    >
      {children}
      <ExternalIcon size={14} />
    </a>
  );
}
