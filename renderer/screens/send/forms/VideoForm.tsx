import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextField } from '../../../components/index.ts';
import type { VideoDraft } from '../draft.ts';
import type { FormProps } from './form.ts';
import { UploadField } from './UploadField.tsx';

export function VideoForm({ bot, draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { video } = draft;
  const set = (part: Partial<VideoDraft>): void =>
    change((old) => ({ ...old, video: { ...old.video, ...part } }));
  return (
    <>
      <UploadField bot={bot} type="video" mediaId={video.id} onMedia={(id) => set({ id })} />
      <TextField
        label="media_id"
        mono
        value={video.id}
        onChange={(id) => set({ id })}
        check={() => problem('video')}
        error={problem('video')}
        hint={t('send.media.idHint')}
      />
      <TextField
        label={t('send.news.title')}
        optional={t('common.optional')}
        value={video.title}
        onChange={(title) => set({ title })}
        check={() => problem('video.title')}
        error={problem('video.title')}
      />
      <TextField
        label={t('send.news.description')}
        optional={t('common.optional')}
        value={video.description}
        onChange={(description) => set({ description })}
        check={() => problem('video.description')}
        error={problem('video.description')}
      />
    </>
  );
}
