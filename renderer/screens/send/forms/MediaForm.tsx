import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextField } from '../../../components/index.ts';
import type { FormProps } from './form.ts';
import { UploadField } from './UploadField.tsx';

type MediaType = 'file' | 'voice' | 'image';
const fields = { file: 'fileId', voice: 'voiceId', image: 'imageId' } as const;

/** A file that is uploaded here, or one that WeCom has already, by its id. */
export function MediaForm(props: FormProps & { type: MediaType }): ReactElement {
  const { bot, draft, change, problem, type } = props;
  const t = useTranslate();
  const field = fields[type];
  const set = (id: string): void => change((old) => ({ ...old, [field]: id }));
  const uploaded = (id: string, name: string): void =>
    change((old) => ({ ...old, [field]: id, fileNames: { [id]: name } }));
  return (
    <>
      <UploadField key={type} bot={bot} type={type} mediaId={draft[field]} onMedia={uploaded} />
      <TextField
        key={`${type} id`}
        label="media_id"
        mono
        value={draft[field]}
        onChange={set}
        check={() => problem(type)}
        error={problem(type)}
        hint={t('send.media.idHint')}
      />
    </>
  );
}
