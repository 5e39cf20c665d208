import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextArea } from '../../../components/index.ts';
import type { FormProps } from './form.ts';

const fields = { mpnews: 'mpnews', miniprogram_notice: 'miniprogram' } as const;
const examples = {
  mpnews: '{\n  "articles": [\n    { "title": "", "thumb_media_id": "", "content": "" }\n  ]\n}',
  miniprogram_notice: '{\n  "appid": "",\n  "title": "",\n  "content_item": []\n}',
} as const;

/** A type that is written as WeCom's documentation has it. */
export function JsonForm(
  props: FormProps & { type: 'mpnews' | 'miniprogram_notice' },
): ReactElement {
  const { draft, change, problem, type } = props;
  const t = useTranslate();
  const field = fields[type];
  return (
    <TextArea
      key={type}
      label={type}
      rows={12}
      mono
      value={draft[field]}
      onChange={(text) => change((old) => ({ ...old, [field]: text }))}
      check={() => problem(type)}
      error={problem(type)}
      placeholder={examples[type]}
      hint={t('send.json.hint')}
    />
  );
}
