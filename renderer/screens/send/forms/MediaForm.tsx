import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextField } from '../../../components/index.ts';
import type { FormProps } from './form.ts';

type MediaType = 'file' | 'voice' | 'image';
const fields = { file: 'fileId', voice: 'voiceId', image: 'imageId' } as const;

/** A file that WeCom has already, by its id. */
export function MediaForm(props: FormProps & { type: MediaType }): ReactElement {
  const { kind, draft, change, problem, type } = props;
  const t = useTranslate();
  const field = fields[type];
  return (
    <TextField
      key={type}
      label="media_id"
      mono
      value={draft[field]}
      onChange={(id) => change((old) => ({ ...old, [field]: id }))}
      check={() => problem(type)}
      error={problem(type)}
      hint={t(kind === 'app' ? 'send.media.appHint' : `send.media.${type}Hint`)}
    />
  );
}
