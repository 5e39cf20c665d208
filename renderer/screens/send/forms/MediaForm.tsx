import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextField } from '../../../components/index.ts';
import type { FormProps } from './form.ts';

export function MediaForm(props: FormProps & { type: 'file' | 'voice' }): ReactElement {
  const { draft, change, problem, type } = props;
  const t = useTranslate();
  const isFile = type === 'file';
  return (
    <TextField
      key={type}
      label="media_id"
      mono
      value={isFile ? draft.fileId : draft.voiceId}
      onChange={(id) =>
        change((old) => (isFile ? { ...old, fileId: id } : { ...old, voiceId: id }))
      }
      check={() => problem(type)}
      error={problem(type)}
      hint={t(isFile ? 'send.media.fileHint' : 'send.media.voiceHint')}
    />
  );
}
