import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { Switch, TextField } from '../../components/index.ts';
import { mayBeSafe } from './build-app.ts';
import type { RecipientsDraft } from './draft.ts';
import type { FormProps } from './forms/form.ts';
import frame from '../../components/Editor.module.css';

/** Whom an app's message is for: at least one member, department or tag. */
export function Recipients({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { to } = draft;
  const set = (part: Partial<RecipientsDraft>): void =>
    change((old) => ({ ...old, to: { ...old.to, ...part } }));
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('send.to')}</legend>
      <TextField
        label={t('send.to.users')}
        mono
        value={to.users}
        onChange={(users) => set({ users })}
        check={() => problem('to.users')}
        error={problem('to.users')}
        placeholder="zhangsan, lisi"
        hint={t('send.to.usersHint')}
      />
      <div className={frame.pair}>
        <TextField
          label={t('send.to.parties')}
          optional={t('common.optional')}
          mono
          value={to.parties}
          onChange={(parties) => set({ parties })}
          check={() => problem('to.parties')}
          error={problem('to.parties')}
        />
        <TextField
          label={t('send.to.tags')}
          optional={t('common.optional')}
          mono
          value={to.tags}
          onChange={(tags) => set({ tags })}
          check={() => problem('to.tags')}
          error={problem('to.tags')}
        />
      </div>
      {mayBeSafe(draft) && (
        <Switch
          label={t('send.to.safe')}
          value={draft.safe}
          onChange={(safe) => change((old) => ({ ...old, safe }))}
        />
      )}
    </fieldset>
  );
}
