import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { TextArea, TextField } from '../../../components/index.ts';
import type { Draft } from '../draft.ts';
import type { FormProps } from './form.ts';

export function TextForm({ kind, draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const set = (part: Partial<Draft['text']>): void =>
    change((old) => ({ ...old, text: { ...old.text, ...part } }));
  return (
    <>
      <TextArea
        label={t('send.text.content')}
        rows={6}
        value={draft.text.content}
        onChange={(content) => set({ content })}
        check={() => problem('text')}
        error={problem('text')}
        hint={t(kind === 'app' ? 'send.text.appHint' : 'send.text.hint')}
      />
      {kind === 'robot' && (
        <>
          <TextField
            label={t('send.text.users')}
            optional={t('common.optional')}
            value={draft.text.users}
            onChange={(users) => set({ users })}
            hint={t('send.text.usersHint')}
            placeholder="zhangsan, @all"
          />
          <TextField
            label={t('send.text.mobiles')}
            optional={t('common.optional')}
            value={draft.text.mobiles}
            onChange={(mobiles) => set({ mobiles })}
            check={() => problem('text.mobiles')}
            error={problem('text.mobiles')}
            placeholder="13800001111"
          />
        </>
      )}
    </>
  );
}
