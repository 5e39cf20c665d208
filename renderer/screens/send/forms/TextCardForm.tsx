import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextArea, TextField } from '../../../components/index.ts';
import type { TextCardDraft } from '../draft.ts';
import type { FormProps } from './form.ts';

export function TextCardForm({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { textcard } = draft;
  const set = (part: Partial<TextCardDraft>): void =>
    change((old) => ({ ...old, textcard: { ...old.textcard, ...part } }));
  const checked = (path: string): { check: () => string | null; error: string | null } => ({
    check: () => problem(path),
    error: problem(path),
  });
  return (
    <>
      <TextField
        label={t('send.news.title')}
        value={textcard.title}
        onChange={(title) => set({ title })}
        {...checked('textcard.title')}
      />
      <TextArea
        label={t('send.news.description')}
        rows={4}
        value={textcard.description}
        onChange={(description) => set({ description })}
        hint={t('send.textcard.hint')}
        {...checked('textcard')}
      />
      <TextField
        label={t('send.card.actionUrl')}
        type="url"
        mono
        value={textcard.url}
        onChange={(url) => set({ url })}
        {...checked('textcard.url')}
      />
      <TextField
        label={t('send.textcard.button')}
        optional={t('common.optional')}
        value={textcard.button}
        onChange={(button) => set({ button })}
        placeholder={t('send.textcard.more')}
        {...checked('textcard.button')}
      />
    </>
  );
}
