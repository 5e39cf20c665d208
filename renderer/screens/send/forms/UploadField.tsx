import type { ReactElement } from 'react';
import { formatBytes, formatDate } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import type { MediaType } from '../../../../common/domain/media.ts';
import { Button, Bytes, ErrorText, Meter } from '../../../components/index.ts';
import field from '../../../components/Field.module.css';
import { FileIcon, ImageIcon } from '../../../icons/index.tsx';
import styles from '../send.module.css';
import { useUpload } from '../useUpload.ts';
import { FileDrop } from './FileDrop.tsx';

const accepted: Readonly<Record<MediaType, readonly string[]>> = {
  image: ['image/png', 'image/jpeg'],
  voice: ['.amr', 'audio/amr'],
  video: ['video/mp4'],
  file: [],
};

interface UploadFieldProps {
  readonly bot: string;
  readonly type: MediaType;
  /** The media_id that the form holds. */
  readonly mediaId: string;
  readonly onMedia: (mediaId: string, name: string) => void;
}

/** A file that WeCom is given now, so that the message can carry its media_id. */
export function UploadField({ bot, type, mediaId, onMedia }: UploadFieldProps): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const { state, take, cancel } = useUpload(bot, type, onMedia);
  // The id may have been typed over, or sent.
  const done = state.state === 'done' && state.media.mediaId === mediaId ? state : null;
  const running = state.state === 'running' ? state : null;
  return (
    <div className={field.field}>
      <FileDrop
        icon={type === 'image' ? <ImageIcon size={20} /> : <FileIcon size={20} />}
        label={running?.name ?? done?.name ?? t(`send.upload.drop.${type}`)}
        accepted={accepted[type]}
        onFile={take}
        choose={t(done === null ? 'send.image.choose' : 'send.upload.another')}
        {...(running !== null && {
          running: (
            <>
              <div className={styles.progress}>
                <Meter
                  label={t('send.upload.running')}
                  value={running.sent}
                  max={running.size}
                  valueText={`${formatBytes(running.sent, locale)} / ${formatBytes(running.size, locale)}`}
                />
              </div>
              <Button size="small" onPress={cancel}>
                {t('common.cancel')}
              </Button>
            </>
          ),
        })}
      />
      {state.state === 'unfit' && (
        <span className={field.error} role="alert">
          {t(
            state.problem === 'unreadable'
              ? 'send.image.unreadable'
              : `send.upload.${state.problem}.${type}`,
          )}
        </span>
      )}
      {state.state === 'failed' && <ErrorText error={state.error} />}
      {done === null ? (
        <span className={field.hint}>{t(`send.upload.hint.${type}`)}</span>
      ) : (
        <span className={field.hint} role="status">
          {t('send.upload.done', { date: formatDate(done.media.expiresAt, locale) })} (
          <Bytes value={done.size} />)
        </span>
      )}
    </div>
  );
}
