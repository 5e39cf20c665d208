import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import {
  Button,
  EmptyState,
  ErrorText,
  ListFrame,
  Page,
  PageHeader,
  Skeleton,
  Spoken,
  VirtualGrid,
  useToasts,
  type VirtualGridHandle,
} from '../../components/index.ts';
import { DeadLetters } from './DeadLetters.tsx';
import { DetailPanel } from './DetailPanel.tsx';
import { readFilter, writeFilter } from './filter-query.ts';
import { Filters } from './Filters.tsx';
import { MessageCells, messageColumns } from './MessageCells.tsx';
import cells from './cells.module.css';
import styles from './messages.module.css';
import { ReplayDialog } from './ReplayDialog.tsx';
import type { MessageFilter } from './rows.ts';
import { COUNTED, useDeadLetters } from './useDeadLetters.ts';
import { useMessages } from './useMessages.ts';

const ROW_HEIGHT = 36;
/** Rows before the end at which the next page is read. */
const AHEAD = 30;

/** Messages as they come and go, newest first; `#/messages/<id>` opens one beside the list. */
export default function MessagesScreen(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const { param: openId, query } = useRoute();
  const [search, setSearch] = useState(query['search'] ?? '');
  const wanted = useSettled(search.trim());
  const filter = useSame<MessageFilter>(readFilter({ ...query, search: wanted }));

  const [isReading, setReading] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const hold = isReading || isScrolled || openId !== null;
  const messages = useMessages(filter, hold);
  const { rows, waiting, release, readMore } = messages;
  useEffect(() => {
    if (!hold && waiting.length > 0) release();
  }, [hold, waiting.length, release]);

  const mayManage = useCan('manage');
  const deadLetters = useDeadLetters();
  const isDead = filter.outcome === 'failed' && filter.direction === 'in' && mayManage;
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isReplaying, setReplaying] = useState(false);

  // The keyboard stands on a message, not on a place: it goes along when rows come in above it.
  const [activeId, setActiveId] = useState<string | null>(null);
  const indexOf = (id: string | null): number | null => {
    const index = id === null ? -1 : rows.findIndex((row) => row.id === id);
    return index === -1 ? null : index;
  };
  const grid = useRef<VirtualGridHandle>(null);
  const open = (id: string | null): void =>
    navigate('messages', id, writeFilter(filter), 'replace');
  const showAll = (): void => {
    setSearch('');
    navigate('messages', null, {}, 'replace');
  };
  // Asked of the host, not looked up in the list: Enter may come before the list has followed what was pasted.
  const find = async (): Promise<void> => {
    const sought = search.trim();
    if (sought === '') return;
    try {
      const found = await client.call('messages.list', { ...filter, search: sought, limit: 2 });
      const exact = found.rows.find((row) => row.msgId === sought || row.id === sought);
      const only = exact ?? (found.rows.length === 1 ? found.rows[0] : undefined);
      if (only === undefined) return;
      setActiveId(only.id);
      open(only.id);
    } catch (error) {
      toasts.failed(error);
    }
  };
  const showDead = (): void => {
    setSearch('');
    navigate('messages', null, { direction: 'in', outcome: 'failed' }, 'replace');
  };
  const togglePick = (id: string): void =>
    setPicked((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isDead || event.key !== ' ' || activeId === null) return;
    event.preventDefault();
    togglePick(activeId);
  };
  const showNew = (): void => {
    release();
    setActiveId(null);
    grid.current?.scrollToIndex(0, 'start');
  };

  return (
    <Page wide fill>
      <PageHeader
        title={t('nav.messages')}
        {...(mayManage && {
          actions: (
            <>
              {deadLetters > 0 && !isDead && (
                <Button onPress={showDead}>
                  {t('messages.dead')}
                  <span className={styles.badge}>
                    {deadLetters >= COUNTED ? `${String(COUNTED - 1)}+` : deadLetters}
                  </span>
                </Button>
              )}
              <Button onPress={() => setReplaying(true)}>{t('messages.replay')}</Button>
            </>
          ),
        })}
      />
      {mayManage && <ReplayDialog isOpen={isReplaying} onClose={() => setReplaying(false)} />}
      <div className={styles.body}>
        <Filters
          filter={filter}
          search={search}
          onSearch={setSearch}
          onFind={() => void find()}
          onChange={(next) => navigate('messages', openId, writeFilter(next), 'replace')}
        />
        <div className={styles.split}>
          <ListFrame>
            {messages.error !== null && (
              <div className={styles.notice}>
                <ErrorText error={messages.error} quiet />
                <Button size="small" onPress={messages.retry}>
                  {t('common.retry')}
                </Button>
              </div>
            )}
            {isDead && rows.length > 0 && (
              <DeadLetters picked={picked} bot={filter.bot} onDone={() => setPicked(new Set())} />
            )}
            {waiting.length > 0 && (
              <div className={styles.fresh} role="status">
                <Button variant="primary" size="small" onPress={showNew}>
                  {t('messages.new', { count: waiting.length })}
                </Button>
              </div>
            )}
            <VirtualGrid
              ref={grid}
              label={t('nav.messages')}
              count={rows.length}
              keyOf={(index) => rows[index]?.id ?? String(index)}
              rowHeight={ROW_HEIGHT}
              rowClass={cells.row ?? ''}
              header={messageColumns.map(({ id, className }) => ({
                id,
                label:
                  id === 'direction' ? (
                    <Spoken>{t('messages.direction')}</Spoken>
                  ) : (
                    t(`messages.${id}`)
                  ),
                ...(className !== undefined && { className }),
              }))}
              renderRow={(index, isActive) => {
                const row = rows[index];
                return row === undefined ? null : (
                  <MessageCells
                    row={row}
                    isActive={isActive}
                    pick={isDead ? picked.has(row.id) : null}
                    onPick={() => togglePick(row.id)}
                  />
                );
              }}
              active={indexOf(activeId)}
              onActive={(index) => setActiveId(rows[index]?.id ?? null)}
              selected={indexOf(openId)}
              onOpen={(index) => open(rows[index]?.id ?? null)}
              onKeyDown={onKeyDown}
              onScroll={(element) => setScrolled(element.scrollTop > 4)}
              onFocusChange={setReading}
              onReach={(index) => {
                if (index >= rows.length - AHEAD) readMore();
              }}
              empty={
                messages.phase === 'loading' ? (
                  <Loading />
                ) : (
                  <Nothing isFiltered={Object.keys(filter).length > 0} onShowAll={showAll} />
                )
              }
            />
          </ListFrame>
          {openId !== null && (
            <DetailPanel
              key={openId}
              id={openId}
              known={rows.find((row) => row.id === openId) ?? null}
              onClose={() => {
                open(null);
                grid.current?.focus();
              }}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

function Loading(): ReactElement {
  return (
    <div className={styles.loading}>
      {Array.from({ length: 8 }, (_, i) => (
        <Skeleton key={i} height="16px" />
      ))}
    </div>
  );
}

/** The next step depends on why there is nothing: a filter, no bot, or nothing that came yet. */
function Nothing(props: { isFiltered: boolean; onShowAll: () => void }): ReactElement {
  const t = useTranslate();
  const hasBots = useSnapshot((snapshot) => snapshot.bots.length > 0);
  if (props.isFiltered) {
    return (
      <EmptyState
        title={t('messages.none.title')}
        text={t('messages.none.text')}
        action={<Button onPress={props.onShowAll}>{t('messages.none.action')}</Button>}
      />
    );
  }
  if (!hasBots) {
    return (
      <EmptyState
        title={t('messages.noBots.title')}
        text={t('messages.noBots.text')}
        action={
          <Button variant="primary" onPress={() => navigate('bots', null, { add: 'app' })}>
            {t('messages.noBots.action')}
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      title={t('messages.empty.title')}
      text={t('messages.empty.text')}
      action={<Button onPress={() => navigate('bots')}>{t('messages.empty.action')}</Button>}
    />
  );
}

/** A value once it has stood still for a moment, so that each letter does not become a query. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 180);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The same object as long as it says the same, so that opening a message does not read the list again. */
function useSame<T>(value: T): T {
  const [same, setSame] = useState(value);
  if (JSON.stringify(same) === JSON.stringify(value)) return same;
  setSame(value);
  return value;
}
