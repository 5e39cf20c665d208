import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { MessageOutcome } from '../../../common/domain/history.ts';
import { SearchField, Select } from '../../components/index.ts';
import styles from './messages.module.css';
import type { MessageFilter } from './rows.ts';

interface FiltersProps {
  readonly filter: MessageFilter;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  /** Enter in the search. */
  readonly onFind: () => void;
  readonly onChange: (filter: MessageFilter) => void;
}

const ANY = 'any';

/** What the list is narrowed to. The bots are those there are, and the one chosen even when it is gone. */
export function Filters({
  filter,
  search,
  onSearch,
  onFind,
  onChange,
}: FiltersProps): ReactElement {
  const t = useTranslate();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const names = new Map(bots.map(({ id, name }) => [id, name === '' ? id : name]));
  if (filter.bot !== undefined && !names.has(filter.bot)) names.set(filter.bot, filter.bot);
  const set = (part: { [K in keyof MessageFilter]?: MessageFilter[K] | typeof ANY }): void => {
    const next = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== ANY);
    onChange(Object.fromEntries(next));
  };
  return (
    <div className={styles.filters}>
      <div className={styles.search}>
        <SearchField
          label={t('messages.search')}
          value={search}
          onChange={onSearch}
          onSubmit={onFind}
        />
      </div>
      <Select
        label={t('messages.bot')}
        hideLabel
        options={[
          { value: ANY, label: t('messages.anyBot') },
          ...[...names].map(([value, label]) => ({ value, label })),
        ]}
        value={filter.bot ?? ANY}
        onChange={(bot) => set({ bot })}
      />
      <Select
        label={t('messages.direction')}
        hideLabel
        options={[
          { value: ANY, label: t('messages.anyDirection') },
          { value: 'in', label: t('messages.in') },
          { value: 'out', label: t('messages.out') },
        ]}
        value={filter.direction ?? ANY}
        onChange={(direction) => set({ direction })}
      />
      <Select
        label={t('messages.outcome')}
        hideLabel
        options={[
          { value: ANY, label: t('messages.anyOutcome') },
          ...MessageOutcome.options.map((value) => ({
            value,
            label: t(`messages.outcome.${value}`),
          })),
        ]}
        value={filter.outcome ?? ANY}
        onChange={(outcome) => set({ outcome })}
      />
    </div>
  );
}
