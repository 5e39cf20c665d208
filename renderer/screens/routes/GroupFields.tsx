import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { Balance, HashBy } from '../../../common/domain/route.ts';
import { Segmented } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { GroupMembers } from '../../groups/index.ts';
import type { RouteFieldsProps } from './MatchFields.tsx';

/** Where the messages go: one service, or several that share the work or stand by for each other. */
export function GroupFields({ form, set, problem, isDisabled }: RouteFieldsProps): ReactElement {
  const t = useTranslate();
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const { members, balance } = form;
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('routes.form.group')}</legend>
      {members.length === 0 && <p className={frame.hint}>{t('routes.form.groupEmpty')}</p>}
      <GroupMembers
        members={members}
        onMembers={(next) => set((old) => ({ ...old, members: next }))}
        targets={targets}
        balance={balance}
        balances={Balance.options}
        onBalance={(next) => set((old) => ({ ...old, balance: next }))}
        problem={problem}
        isDisabled={isDisabled}
      />
      {members.length > 1 && balance === 'hash' && (
        <Segmented
          label={t('routes.form.hashBy')}
          options={HashBy.options.map((value) => ({
            value,
            label: t(`routes.hashBy.${value}`),
          }))}
          value={form.hashBy}
          onChange={(hashBy) => set((old) => ({ ...old, hashBy }))}
          isDisabled={isDisabled}
        />
      )}
    </fieldset>
  );
}
