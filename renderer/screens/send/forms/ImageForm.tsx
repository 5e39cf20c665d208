import { useState, type ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { robotLimits } from '../../../../common/domain/outgoing.ts';
import { Bytes, CopyValue } from '../../../components/index.ts';
import field from '../../../components/Field.module.css';
import { ImageIcon } from '../../../icons/index.tsx';
import { pickImage, type ImageProblem } from '../image.ts';
import styles from '../send.module.css';
import { FileDrop } from './FileDrop.tsx';
import type { FormProps } from './form.ts';

export function ImageForm({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const [refused, setRefused] = useState<ImageProblem | 'unreadable' | null>(null);
  const take = async (file: File): Promise<void> => {
    // A file far beyond the limit is not read into memory first.
    if (file.size > robotLimits.imageBytes) {
      setRefused('size');
      return;
    }
    try {
      const picked = pickImage(file.name, new Uint8Array(await file.arrayBuffer()));
      if (typeof picked === 'string') setRefused(picked);
      else {
        setRefused(null);
        change((old) => ({ ...old, image: picked }));
      }
    } catch {
      setRefused('unreadable');
    }
  };
  const { image } = draft;
  const error = refused === null ? problem('image') : t(`send.image.${refused}`);
  return (
    <div className={field.field}>
      <FileDrop
        icon={<ImageIcon size={20} />}
        label={image === null ? t('send.image.drop') : image.name}
        accepted={['image/png', 'image/jpeg']}
        onFile={(file) => void take(file)}
        choose={t(image === null ? 'send.image.choose' : 'send.image.another')}
      />
      {error !== null && (
        <span className={field.error} role="alert">
          {error}
        </span>
      )}
      {image === null ? (
        <span className={field.hint}>{t('send.image.hint')}</span>
      ) : (
        <dl className={styles.facts}>
          <dt>{t('send.image.bytes')}</dt>
          <dd>
            <Bytes value={image.bytes} />
            {` · ${image.format.toUpperCase()}`}
          </dd>
          <dt>MD5</dt>
          <dd>
            <CopyValue
              value={image.md5}
              label={t('send.image.copyMd5')}
              keep={{ head: 8, tail: 6 }}
            />
          </dd>
        </dl>
      )}
    </div>
  );
}
