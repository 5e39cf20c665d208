import { useState, type ReactElement } from 'react';
import { DropZone, FileTrigger, Text, isFileDropItem } from 'react-aria-components';
import { useTranslate } from '../../../app/locale.tsx';
import { robotLimits } from '../../../../common/domain/outgoing.ts';
import { Button, Bytes, CopyValue, cx } from '../../../components/index.ts';
import field from '../../../components/Field.module.css';
import { ImageIcon } from '../../../icons/index.tsx';
import { pickImage, type ImageProblem } from '../image.ts';
import styles from '../send.module.css';
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
      <DropZone
        className={cx(styles.drop)}
        getDropOperation={() => 'copy'}
        onDrop={(event) => {
          const file = event.items.find(isFileDropItem);
          if (file !== undefined) void file.getFile().then(take);
        }}
      >
        <ImageIcon size={20} />
        <Text slot="label">{image === null ? t('send.image.drop') : image.name}</Text>
        <FileTrigger
          acceptedFileTypes={['image/png', 'image/jpeg']}
          onSelect={(files) => {
            const file = files?.item(0);
            if (file != null) void take(file);
          }}
        >
          <Button size="small">
            {t(image === null ? 'send.image.choose' : 'send.image.another')}
          </Button>
        </FileTrigger>
      </DropZone>
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
