import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { cx } from '../../components/index.ts';
import { ImageIcon } from '../../icons/index.tsx';
import styles from './bubble.module.css';

/** A picture that lies elsewhere is named, not fetched: the console asks no other host for anything. */
export function RemotePicture({ address }: { address: string }): ReactElement {
  const t = useTranslate();
  let host = address;
  try {
    host = new URL(address.trim()).host;
  } catch {
    // Still being typed.
  }
  return (
    <span className={cx(styles.remote, styles.wide)} title={address}>
      <ImageIcon size={20} />
      {t('send.preview.picture', { host })}
    </span>
  );
}
