import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import type { TargetView } from '../../common/domain/bot.ts';
import type { Balance } from '../../common/domain/route.ts';
import {
  Button,
  IconButton,
  PageLink,
  RadioGroup,
  Select,
  TextField,
} from '../components/index.ts';
import frame from '../components/Editor.module.css';
import { PlusIcon, TrashIcon } from '../icons/index.tsx';
import styles from './groups.module.css';
import type { MemberForm } from './members.ts';

export interface GroupMembersProps {
  readonly members: readonly MemberForm[];
  readonly onMembers: (members: readonly MemberForm[]) => void;
  /** Services that may be chosen. */
  readonly targets: readonly TargetView[];
  readonly balance: Balance;
  readonly balances: readonly Balance[];
  readonly onBalance: (balance: Balance) => void;
  /** What is wrong with `members.<key>.weight` or `.priority`, in words. */
  readonly problem: (field: string) => string | null;
  readonly isDisabled: boolean;
}

/** The services of a group, and how they share the work. */
export function GroupMembers(props: GroupMembersProps): ReactElement {
  const { members, onMembers, targets, isDisabled } = props;
  const t = useTranslate();
  const free = targets.filter(({ id }) => !members.some((member) => member.id === id));
  const add = (): void => {
    const [first] = free;
    if (first === undefined) return;
    const key = members.reduce((highest, member) => Math.max(highest, member.key), -1) + 1;
    onMembers([...members, { key, id: first.id, weight: '', priority: '' }]);
  };
  return (
    <>
      {members.map((member, index) => (
        <Member key={member.key} {...props} member={member} number={index + 1} />
      ))}
      {!isDisabled && (
        <div className={styles.add}>
          {free.length > 0 ? (
            <Button size="small" onPress={add}>
              <PlusIcon size={14} />
              {t('routes.form.addMember')}
            </Button>
          ) : (
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
        <RadioGroup
          label={t('routes.form.balance')}
          options={props.balances.map((value) => ({
            value,
            label: t(`routes.balance.${value}`),
            note: t(`routes.balance.${value}.note`),
          }))}
          value={props.balance}
          onChange={props.onBalance}
          isDisabled={isDisabled}
        />
      )}
    </>
  );
}

function Member(props: GroupMembersProps & { member: MemberForm; number: number }): ReactElement {
  const { members, onMembers, targets, problem, isDisabled, member, number } = props;
  const t = useTranslate();
  const own = targets.find(({ id }) => id === member.id);
  const put = (part: Partial<MemberForm>): void =>
    onMembers(members.map((each) => (each.key === member.key ? { ...each, ...part } : each)));
  const at = `members.${String(member.key)}`;
  const choices = targets.filter(
    ({ id }) => id === member.id || !members.some((each) => each.id === id),
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
        <span className={styles.remove}>
          <IconButton
            label={t('routes.form.removeMember', { target: member.id })}
            icon={<TrashIcon />}
            onPress={() => onMembers(members.filter(({ key }) => key !== member.key))}
          />
        </span>
      )}
    </div>
  );
}
