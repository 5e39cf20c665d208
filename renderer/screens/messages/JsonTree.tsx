import {
  useId,
  useMemo,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
} from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { cx } from '../../components/index.ts';
import { jsonLines, parentPath, type JsonLine } from './json-lines.ts';
import styles from './json.module.css';

/**
 * JSON to be read: indented, with branches that fold. One stop for Tab; up and down move, left folds a branch or goes to the one it
 * lies in, right unfolds, Enter and a click do either.
 */
export function JsonTree({ value, label }: { value: unknown; label: string }): ReactElement {
  const id = useId();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState('');
  const lines = useMemo(() => jsonLines(value, folded), [value, folded]);
  const rows = lines.filter((line) => line.token.kind !== 'close');
  const at = rows.findIndex((line) => line.path === active);
  const row = rows[at];

  // A name may hold spaces, an id may not.
  const lineId = (path: string): string => `${id}${encodeURIComponent(path)}`;
  const fold = (path: string, shut: boolean): void =>
    setFolded((old) => {
      const next = new Set(old);
      if (shut) next.add(path);
      else next.delete(path);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent): void => {
    const go = (line: JsonLine | undefined): void => {
      if (line === undefined) return;
      setActive(line.path);
      document.getElementById(lineId(line.path))?.scrollIntoView({ block: 'nearest' });
    };
    const token = row?.token;
    switch (event.key) {
      case 'ArrowDown':
        go(rows[at + 1]);
        break;
      case 'ArrowUp':
        go(rows[at - 1]);
        break;
      case 'Home':
        go(rows[0]);
        break;
      case 'End':
        go(rows.at(-1));
        break;
      case 'ArrowLeft':
        if (token?.kind === 'open' && !token.folded) fold(active, true);
        else go(rows.find((line) => line.path === parentPath(active)));
        break;
      case 'ArrowRight':
        if (token?.kind !== 'open') break;
        if (token.folded) fold(active, false);
        else go(rows[at + 1]);
        break;
      case 'Enter':
        if (token?.kind === 'open') fold(active, !token.folded);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const onClick = (event: MouseEvent): void => {
    const item = event.target instanceof Element ? event.target.closest('[data-path]') : null;
    const path = item?.getAttribute('data-path') ?? null;
    const line = rows.find((each) => each.path === path);
    if (line === undefined) return;
    setActive(line.path);
    if (line.token.kind === 'open') fold(line.path, !line.token.folded);
  };

  return (
    <div
      className={styles.tree}
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={lineId(row?.path ?? '')}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {lines.map((line) => (
        <Line
          key={line.token.kind === 'close' ? `${line.path} close` : line.path}
          id={lineId(line.path)}
          line={line}
          isActive={line.path === active}
        />
      ))}
    </div>
  );
}

interface LineProps {
  readonly id: string;
  readonly line: JsonLine;
  readonly isActive: boolean;
}

function Line({ id, line, isActive }: LineProps): ReactElement {
  const t = useTranslate();
  const { token, depth, name, comma } = line;
  const indent = { paddingLeft: `${String(depth * 14 + 16)}px` };
  const end = comma ? <span className={styles.mark}>,</span> : null;
  if (token.kind === 'close') {
    return (
      <div className={styles.line} style={indent} role="presentation">
        <span className={styles.mark}>{token.bracket}</span>
        {end}
      </div>
    );
  }
  const label = name !== null && (
    <>
      <span className={styles.name}>{JSON.stringify(name)}</span>
      <span className={styles.mark}>: </span>
    </>
  );
  return (
    <div
      id={id}
      className={cx(styles.line, token.kind === 'open' && styles.branch)}
      style={indent}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isActive}
      {...(token.kind === 'open' && { 'aria-expanded': !token.folded })}
      tabIndex={-1}
      data-path={line.path}
    >
      {label}
      {token.kind === 'open' ? (
        <span className={styles.mark}>
          {token.bracket}
          {token.folded && (
            <>
              <span className={styles.size}>
                {t('messages.json.members', { count: token.size })}
              </span>
              {token.bracket === '{' ? '}' : ']'}
            </>
          )}
        </span>
      ) : (
        <span className={styles[token.kind]}>{token.text}</span>
      )}
      {end}
    </div>
  );
}
