import {
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactElement,
} from 'react';
import { formatCount } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import {
  Button,
  EmptyState,
  ErrorText,
  ListFrame,
  Page,
  PageHeader,
  Skeleton,
  VirtualGrid,
  type VirtualGridHandle,
} from '../../components/index.ts';
import { DownloadIcon, PauseIcon, PlayIcon } from '../../icons/index.tsx';
import { saveText } from '../../app/save-text.ts';
import { exportName, toNdjson } from './export.ts';
import {
  countLevels,
  everything,
  filterLines,
  isFiltered,
  itemKey,
  modulesOf,
  toggleField,
  type LogItem,
} from './filter.ts';
import { findMatches, stepMatch } from './find.ts';
import { LogCells } from './LogCells.tsx';
import styles from './logs.module.css';
import { Toolbar } from './Toolbar.tsx';
import { useFollow } from './useFollow.ts';
import { useLogLines } from './useLogLines.ts';

const LINE_HEIGHT = 26;

/** The log as it is written; `#/logs?module=tunnel&q=…` opens it narrowed. */
export default function LogsScreen(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const { query: address } = useRoute();
  const log = useLogLines();
  const { shown, ...following } = useFollow(log.lines);
  const [filter, setFilter] = useState(() => ({
    ...everything,
    module: address['module'] ?? null,
  }));
  const [query, setQuery] = useState(address['q'] ?? '');
  const sought = useDeferredValue(query);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const grid = useRef<VirtualGridHandle>(null);

  const items = useMemo(() => filterLines(shown.entries, filter), [shown, filter]);
  const counts = useMemo(() => countLevels(shown.entries, filter), [shown, filter]);
  const modules = useMemo(() => modulesOf(shown.entries), [shown]);
  const matches = useMemo(() => findMatches(items, sought), [items, sought]);
  const gaps = useMemo(() => items.filter((item) => item.kind === 'gap').length, [items]);
  // The list works out 50,000 places anew whenever this function is another one.
  const keyOf = useCallback((index: number) => keyAt(items, index), [items]);
  const active = useMemo(() => indexOfKey(items, activeKey), [items, activeKey]);

  const { isFollowing } = following;
  useEffect(() => {
    if (isFollowing && items.length > 0) grid.current?.scrollToIndex(items.length - 1, 'end');
  }, [isFollowing, items]);

  const stand = (index: number): void => {
    const item = items[index];
    if (item === undefined) return;
    setActiveKey(itemKey(item));
    // Whoever goes back through the lines reads; whoever goes to the last one wants what comes next.
    if (index < items.length - 1) following.pause();
    else following.follow();
  };
  const step = (direction: 1 | -1): void => {
    // Nobody stands anywhere yet: the newest match is the one that matters.
    const to =
      active === null
        ? stepMatch(matches, items.length, -1)
        : stepMatch(matches, active, direction);
    if (to === null) return;
    stand(to);
    grid.current?.scrollToIndex(to, 'center');
  };

  return (
    <Page wide fill>
      <PageHeader
        title={t('nav.logs')}
        actions={
          <>
            <Button isDisabled={items.length === 0} onPress={() => download(items)}>
              <DownloadIcon />
              {t('logs.export')}
            </Button>
            <Button onToggle={isFollowing ? following.pause : following.follow}>
              {isFollowing ? <PauseIcon /> : <PlayIcon />}
              {isFollowing
                ? t('logs.pause')
                : following.behind === 0
                  ? t('logs.follow')
                  : t('logs.followNew', { count: following.behind })}
            </Button>
          </>
        }
      />
      <div className={styles.body}>
        <Toolbar
          filter={filter}
          onFilter={setFilter}
          counts={counts}
          modules={modules}
          query={query}
          onQuery={setQuery}
          match={{ at: active === null ? 0 : matches.indexOf(active) + 1, of: matches.length }}
          onStep={step}
        />
        {log.error !== null && (
          <div className={styles.row}>
            <ErrorText error={log.error} quiet />
            <Button size="small" onPress={log.retry}>
              {t('common.retry')}
            </Button>
          </div>
        )}
        <ListFrame>
          <VirtualGrid
            ref={grid}
            label={t('nav.logs')}
            count={items.length}
            keyOf={keyOf}
            rowHeight={LINE_HEIGHT}
            rowClass={styles.line ?? ''}
            rowTone={(index) => {
              const item = items[index];
              return item?.kind === 'line' ? styles[`on-${item.entry.level}`] : styles.onGap;
            }}
            renderRow={(index, isActive) => {
              const item = items[index];
              if (item === undefined) return null;
              return (
                <LogCells
                  item={item}
                  query={sought}
                  isActive={isActive}
                  isOpen={openKey === itemKey(item)}
                  onField={(field) => setFilter((old) => toggleField(old, field))}
                />
              );
            }}
            active={active}
            onActive={stand}
            onOpen={(index) => {
              const item = items[index];
              const key = item === undefined ? null : itemKey(item);
              setOpenKey((old) => (old === key ? null : key));
            }}
            onKeyDown={(event) => {
              if (event.key === 'n') step(1);
              else if (event.key === 'N') step(-1);
              else if (event.key === ' ' && event.target === event.currentTarget) {
                event.preventDefault();
                if (isFollowing) following.pause();
                else following.follow();
              }
            }}
            onScroll={following.onScroll}
            empty={
              log.phase === 'loading' ? (
                <Loading />
              ) : (
                <Nothing isFiltered={isFiltered(filter)} onShowAll={() => setFilter(everything)} />
              )
            }
          />
        </ListFrame>
        <p className={styles.foot}>
          <span>
            {t('logs.shown', {
              count: items.length - gaps,
              shown: formatCount(items.length - gaps, locale),
              all: formatCount(shown.entries.length, locale),
            })}
          </span>
          <span role="status">
            {log.missed > 0 && gaps === 0 && t('logs.missed', { count: log.missed })}
            {gaps > 0 && t('logs.gaps')}
          </span>
          <span className={styles.keys}>{t('logs.keys')}</span>
        </p>
      </div>
    </Page>
  );
}

function Loading(): ReactElement {
  return (
    <div className={styles.loading}>
      {Array.from({ length: 10 }, (_, i) => (
        <Skeleton key={i} height="14px" />
      ))}
    </div>
  );
}

function Nothing(props: { isFiltered: boolean; onShowAll: () => void }): ReactElement {
  const t = useTranslate();
  return props.isFiltered ? (
    <EmptyState
      title={t('logs.none.title')}
      text={t('logs.none.text')}
      action={<Button onPress={props.onShowAll}>{t('logs.none.action')}</Button>}
    />
  ) : (
    <EmptyState
      title={t('logs.empty.title')}
      text={t('logs.empty.text')}
      action={<Button onPress={() => navigate('settings')}>{t('logs.empty.action')}</Button>}
    />
  );
}

function keyAt(items: readonly LogItem[], index: number): string {
  const item = items[index];
  return item === undefined ? String(index) : itemKey(item);
}

/** Where a row is now; from the end, because most often one stands near it. */
function indexOfKey(items: readonly LogItem[], key: string | null): number | null {
  if (key === null) return null;
  const index = items.findLastIndex((item) => itemKey(item) === key);
  return index === -1 ? null : index;
}

/** Hands the lines shown to the browser as a file. */
function download(items: readonly LogItem[]): void {
  saveText(exportName(new Date()), toNdjson(items), 'application/x-ndjson');
}
