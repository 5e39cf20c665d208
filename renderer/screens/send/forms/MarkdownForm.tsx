import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextArea } from '../../../components/index.ts';
import type { FormProps } from './form.ts';

export function MarkdownForm(
  props: FormProps & { dialect: 'markdown' | 'markdown_v2' },
): ReactElement {
  const { draft, change, problem, dialect } = props;
  const t = useTranslate();
  const isOld = dialect === 'markdown';
  return (
    <TextArea
      // Another field, not another label: what is wrong with one dialect's text is not with the other's.
      key={dialect}
      label={t('send.markdown.content')}
      rows={10}
      mono
      value={isOld ? draft.markdown : draft.markdownV2}
      onChange={(text) =>
        change((old) => (isOld ? { ...old, markdown: text } : { ...old, markdownV2: text }))
      }
      check={() => problem(dialect)}
      error={problem(dialect)}
      hint={t(isOld ? 'send.markdown.hint' : 'send.markdownV2.hint')}
    />
  );
}
