import { useState, type ReactElement } from 'react';
import type { TrafficRow } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  EmptyState,
  ListFrame,
  Page,
  PageHeader,
  SearchField,
  Segmented,
  Select,
  Skeleton,
  VirtualGrid,
} from '../../../components/index.ts';
import { PauseIcon, PlayIcon } from '../../../icons/index.tsx';
import { useSnapshot } from '../../console.tsx';
import { navigate } from '../../router.ts';
import { TrafficCells, trafficColumns } from './TrafficCells.tsx';
import { useTraffic } from './useTraffic.ts';
import styles from './traffic.module.css';

const ROW_HEIGHT = 36;
const EVERY = '*';

/** The last requests that reached the relay, as they come. */
export function Traffic(): ReactElement {
  const t = useTranslate();
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const [paused, setPaused] = useState(false);
  const [tunnel, setTunnel] = useState(EVERY);
  const [which, setWhich] = useState<'all' | 'failed'>('all');
  const [search, setSearch] = useState('');
  const [active, setActive] = useState<number | null>(null);
  const all = useTraffic(paused);
  const rows = (all ?? []).filter(
    (row) =>
      (tunnel === EVERY || row.tunnel === tunnel) &&
      (which === 'all' || isFailed(row)) &&
      matches(row, search),
  );
  const place = rows.findIndex(({ id }) => id === active);
  return (
    <Page wide fill>
      <PageHeader
        title={t('relay.nav.traffic')}
        summary={t('relay.traffic.summary')}
        actions={
          <Button onToggle={() => setPaused(!paused)}>
            {paused ? <PlayIcon size={14} /> : <PauseIcon size={14} />}
            {t(paused ? 'relay.traffic.go' : 'relay.traffic.pause')}
          </Button>
        }
      />
      <div className={styles.screen}>
        <div className={styles.filters}>
          <SearchField label={t('relay.traffic.search')} value={search} onChange={setSearch} />
          <Segmented
            label={t('relay.traffic.which')}
            hideLabel
            options={[
              { value: 'all', label: t('relay.traffic.all') },
              { value: 'failed', label: t('relay.traffic.failed') },
            ]}
            value={which}
            onChange={setWhich}
          />
          <Select
            label={t('relay.traffic.tunnel')}
            hideLabel
            options={[
              { value: EVERY, label: t('relay.traffic.everyTunnel') },
              ...tunnels.map(({ name }) => ({ value: name, label: name })),
            ]}
            value={tunnel}
            onChange={setTunnel}
          />
        </div>
        <ListFrame>
          <VirtualGrid
            label={t('relay.nav.traffic')}
            count={rows.length}
            keyOf={(index) => String(rows[index]?.id ?? index)}
            rowHeight={ROW_HEIGHT}
            rowClass={styles.row ?? ''}
            header={trafficColumns.map(({ id, className }) => ({
              id,
              label: t(`relay.traffic.${id}`),
              ...(className === undefined ? {} : { className }),
            }))}
            renderRow={(index) => {
              const row = rows[index];
              return row === undefined ? null : <TrafficCells row={row} />;
            }}
            active={place === -1 ? null : place}
            onActive={(index) => setActive(rows[index]?.id ?? null)}
            empty={
              all === null ? (
                <Skeleton height="16px" />
              ) : all.length === 0 ? (
                <EmptyState
                  title={t('relay.traffic.empty.title')}
                  text={t('relay.traffic.empty.text')}
                  action={
                    <Button onPress={() => navigate('tunnels')}>
                      {t('relay.traffic.empty.action')}
                    </Button>
                  }
                />
              ) : (
                <EmptyState
                  title={t('relay.traffic.none.title')}
                  text={t('relay.traffic.none.text')}
                  action={
                    <Button
                      onPress={() => {
                        setSearch('');
                        setWhich('all');
                        setTunnel(EVERY);
                      }}
                    >
                      {t('relay.traffic.none.action')}
                    </Button>
                  }
                />
              )
            }
          />
        </ListFrame>
      </div>
    </Page>
  );
}

function isFailed({ status, source }: TrafficRow): boolean {
  return source === 'none' || (status !== null && status >= 400);
}

function matches(row: TrafficRow, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return true;
  const { host, path, method, trace, status, reason } = row;
  return [host, path, method, trace, String(status ?? ''), reason ?? ''].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}
