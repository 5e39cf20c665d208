import type { ReactElement } from 'react';
import { formatAbsolute } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import type { LogEntry, LogLevel } from '../../../common/domain/log.ts';
import { StatusShape, cx } from '../../components/index.ts';
import type { FieldFilter, LogItem } from './filter.ts';
import { markText } from './find.ts';
import styles from './logs.module.css';

interface LogCellsProps {
  readonly item: LogItem;
  /** What is searched for, to be marked. */
  readonly query: string;
  readonly isActive: boolean;
  /** Drawn whole, on as many lines as it needs. */
  readonly isOpen: boolean;
  readonly onField: (field: FieldFilter) => void;
}

export function LogCells(props: LogCellsProps): ReactElement {
  const t = useTranslate();
  const { item } = props;
  if (item.kind === 'gap') {
    return (
      <span role="gridcell" className={styles.gap}>
        <StatusShape tone="warn" size={10} />
        {t('logs.gap', { count: item.missing })}
      </span>
    );
  }
  return <Line {...props} entry={item.entry} />;
}

function Line(props: LogCellsProps & { entry: LogEntry }): ReactElement {
  const { entry, query, isActive, isOpen, onField } = props;
  const t = useTranslate();
  const locale = useLocale();
  const fields = Object.entries(entry.fields);
  return (
    <>
      <span role="gridcell" className={styles.time} title={formatAbsolute(entry.time, locale)}>
        {clock(entry.time)}
      </span>
      <span role="gridcell" className={cx(styles.level, styles[entry.level])}>
        <LevelShape level={entry.level} />
        {entry.level}
      </span>
      <span role="gridcell" className={styles.module} title={entry.module}>
        <Marked text={entry.module} query={query} />
      </span>
      <span role="gridcell" className={cx(styles.message, isOpen && styles.whole)}>
        <span className={styles.words}>
          <Marked text={entry.message} query={query} />
        </span>
        {fields.map(([name, value]) => (
          <button
            key={name}
            type="button"
            className={styles.field}
            // The list is one stop for Tab; the chips of the line that one stands on are the next ones.
            tabIndex={isActive ? 0 : -1}
            title={t('logs.filterBy', { field: `${name}=${String(value)}` })}
            onClick={() => onField({ name, value: String(value) })}
          >
            <Marked text={`${name}=${String(value)}`} query={query} />
          </button>
        ))}
      </span>
    </>
  );
}

function Marked({ text, query }: { text: string; query: string }): ReactElement {
  return (
    <>
      {markText(text, query).map((stretch, i) =>
        stretch.marked ? <mark key={i}>{stretch.text}</mark> : stretch.text,
      )}
    </>
  );
}

/** Warnings and errors have a shape besides their colour and word; the others stay quiet. */
export function LevelShape({ level }: { level: LogLevel }): ReactElement | null {
  if (level === 'error') return <StatusShape tone="bad" size={10} />;
  return level === 'warn' ? <StatusShape tone="warn" size={10} /> : null;
}

/** Time of day to the millisecond, by the operator's clock. */
function clock(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}
