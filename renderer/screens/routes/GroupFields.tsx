import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { Balance, HashBy } from '../../../common/domain/route.ts';
import {
  Button,
  IconButton,
  PageLink,
  RadioGroup,
  Segmented,
  Select,
  TextField,
} from '../../components/index.ts';
import { PlusIcon, TrashIcon } from '../../icons/index.tsx';
import frame from '../../components/Editor.module.css';
import type { MemberForm } from './form.ts';
import type { RouteFieldsProps } from './MatchFields.tsx';
import styles from './routes.module.css';

/** Where the messages go: one service, or several that share the work or stand by for each other. */
export function GroupFields(props: RouteFieldsProps): ReactElement {
  const { form, set, isDisabled } = props;
  const t = useTranslate();
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const { members } = form;
  const free = targets.filter(({ id }) => !members.some((member) => member.id === id));
  const add = (): void => {
    const [first] = free;
    if (first === undefined) return;
    const key = members.reduce((highest, member) => Math.max(highest, member.key), -1) + 1;
    set((old) => ({
      ...old,
      members: [...old.members, { key, id: first.id, weight: '', priority: '' }],
    }));
  };
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('routes.form.group')}</legend>
      {members.length === 0 && <p className={frame.hint}>{t('routes.form.groupEmpty')}</p>}
      {members.map((member, index) => (
        <Member key={member.key} {...props} member={member} number={index + 1} />
      ))}
      {!isDisabled && (
        <div className={styles.row2}>
          <Button size="small" isDisabled={free.length === 0} onPress={add}>
            <PlusIcon size={14} />
            {t('routes.form.addMember')}
          </Button>
          {free.length === 0 && (
            <span className={frame.small}>
              {t(targets.length === 0 ? 'routes.form.noServices' : 'routes.form.allServices')}{' '}
              <PageLink screen="routes" query={{ add: 'service' }}>
                {t('routes.addService')}
              </PageLink>
            </span>
          )}
        </div>
      )}
      {members.length > 1 && (
        <>
          <RadioGroup
            label={t('routes.form.balance')}
            options={Balance.options.map((value) => ({
              value,
              label: t(`routes.balance.${value}`),
              note: t(`routes.balance.${value}.note`),
            }))}
            value={form.balance}
            onChange={(balance) => set((old) => ({ ...old, balance }))}
            isDisabled={isDisabled}
          />
          {form.balance === 'hash' && (
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
        </>
      )}
    </fieldset>
  );
}

function Member(props: RouteFieldsProps & { member: MemberForm; number: number }): ReactElement {
  const { form, set, problem, isDisabled, member, number } = props;
  const t = useTranslate();
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const own = targets.find(({ id }) => id === member.id);
  const put = (part: Partial<MemberForm>): void =>
    set((old) => ({
      ...old,
      members: old.members.map((each) => (each.key === member.key ? { ...each, ...part } : each)),
    }));
  const at = `members.${String(member.key)}`;
  const choices = targets.filter(
    ({ id }) => id === member.id || !form.members.some((each) => each.id === id),
  );
  const options = choices.map(({ id, url }) => ({
    value: id,
    label: id,
    note: url === '' ? t('bots.target.subscriber') : url,
  }));
  // A service that is gone stays visible until somebody takes it out.
  if (own === undefined)
    options.push({ value: member.id, label: member.id, note: t('routes.gone') });
  return (
    <div className={styles.member}>
      <Select
        label={t('routes.form.member', { number })}
        options={options}
        value={member.id}
        onChange={(id) => put({ id })}
        isDisabled={isDisabled}
      />
      <TextField
        label={t('routes.weight')}
        value={member.weight}
        onChange={(weight) => put({ weight })}
        isDisabled={isDisabled}
        placeholder={String(own?.weight ?? 1)}
        check={() => problem(`${at}.weight`)}
        error={problem(`${at}.weight`)}
      />
      <TextField
        label={t('routes.priority')}
        value={member.priority}
        onChange={(priority) => put({ priority })}
        isDisabled={isDisabled}
        placeholder={String(own?.priority ?? 0)}
        check={() => problem(`${at}.priority`)}
        error={problem(`${at}.priority`)}
      />
      {!isDisabled && (
        <span className={styles.memberRemove}>
          <IconButton
            label={t('routes.form.removeMember', { target: member.id })}
            icon={<TrashIcon />}
            onPress={() =>
              set((old) => ({
                ...old,
                members: old.members.filter(({ key }) => key !== member.key),
              }))
            }
          />
        </span>
      )}
    </div>
  );
}
