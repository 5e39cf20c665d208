import type { KeyboardEvent, ReactElement } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { formatCount } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { LogLevel } from '../../../common/domain/log.ts';
import { ChipToggle, IconButton, SearchField, Select } from '../../components/index.ts';
import { ChevronDownIcon, CloseIcon } from '../../icons/index.tsx';
import { toggleField, toggleLevel, type LogFilter } from './filter.ts';
import { LevelShape } from './LogCells.tsx';
import styles from './logs.module.css';

const ANY = '';

interface ToolbarProps {
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
  readonly counts: Readonly<Record<LogLevel, number>>;
  readonly modules: readonly string[];
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Which match one stands on, from 1, of how many. */
  readonly match: { readonly at: number; readonly of: number };
  readonly onStep: (direction: 1 | -1) => void;
}

/** Search with its matches, level chips with their counts, module and fields. */
export function Toolbar(props: ToolbarProps): ReactElement {
  const { filter, onFilter, counts, modules, query, match, onStep } = props;
  const t = useTranslate();
  const locale = useLocale();
  const names =
    filter.module === null || modules.includes(filter.module)
      ? modules
      : [...modules, filter.module];
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    onStep(event.shiftKey ? -1 : 1);
  };
  return (
    <div className={styles.tools}>
      <div className={styles.row}>
        <div className={styles.search} onKeyDownCapture={onKeyDown}>
          <SearchField label={t('logs.search')} value={query} onChange={props.onQuery} />
        </div>
        {query.trim() !== '' && (
          <>
            <span className={styles.matches} role="status">
              {match.of === 0
                ? t('logs.noMatch')
                : match.at === 0
                  ? t('logs.matches', { count: match.of })
                  : t('logs.match', { at: match.at, of: match.of })}
            </span>
            <span className={styles.steps}>
              <span className={styles.up}>
                <IconButton
                  size="small"
                  label={t('logs.previous')}
                  icon={<ChevronDownIcon />}
                  isDisabled={match.of === 0}
                  onPress={() => onStep(-1)}
                />
              </span>
              <IconButton
                size="small"
                label={t('logs.next')}
                icon={<ChevronDownIcon />}
                isDisabled={match.of === 0}
                onPress={() => onStep(1)}
              />
            </span>
          </>
        )}
      </div>
      <div className={styles.row}>
        {LogLevel.options.toReversed().map((level) => (
          <ChipToggle
            key={level}
            isSelected={filter.levels.has(level)}
            onChange={() => onFilter(toggleLevel(filter, level))}
          >
            <span className={styles.chip}>
              <LevelShape level={level} />
              {t(`logs.level.${level}`)}
              <span className={styles.count}>{formatCount(counts[level], locale)}</span>
            </span>
          </ChipToggle>
        ))}
        <div className={styles.modules}>
          <Select
            label={t('logs.module')}
            hideLabel
            options={[
              { value: ANY, label: t('logs.anyModule') },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
            value={filter.module ?? ANY}
            onChange={(module) => onFilter({ ...filter, module: module === ANY ? null : module })}
          />
        </div>
        {filter.fields.map((field) => (
          <AriaButton
            key={`${field.name}=${field.value}`}
            className={styles.chosen ?? ''}
            aria-label={t('logs.unfilter', { field: `${field.name}=${field.value}` })}
            onPress={() => onFilter(toggleField(filter, field))}
          >
            {`${field.name}=${field.value}`}
            <CloseIcon size={12} />
          </AriaButton>
        ))}
      </div>
    </div>
  );
}
