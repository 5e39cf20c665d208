import { useEffect, useState } from 'react';
import { TRAFFIC_ROWS } from '../../../../common/contract/relay-api.ts';
import type { TrafficRow } from '../../../../common/domain/relay/views.ts';
import { useClient, useRelayState } from '../../console.tsx';

/** New and changed rows put into those that are there; newest first, no more than are kept. Pure. */
export function mergeRows(
  rows: readonly TrafficRow[],
  changed: readonly TrafficRow[],
): readonly TrafficRow[] {
  const byId = new Map([...rows, ...changed].map((row) => [row.id, row]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id).slice(0, TRAFFIC_ROWS);
}

/** The last requests, live; null until they were read. While `paused` what is shown stands still. */
export function useTraffic(paused: boolean): readonly TrafficRow[] | null {
  const client = useClient();
  const isOpen = useRelayState(({ link }) => link === 'open');
  const [live, setLive] = useState<readonly TrafficRow[] | null>(null);
  const [still, setStill] = useState<readonly TrafficRow[] | null>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    let gone = false;
    const end = client.on('traffic.changed', ({ rows }) =>
      setLive((now) => mergeRows(now ?? [], rows)),
    );
    client.call('traffic.recent').then(
      ({ rows }) => {
        // A relay that was started anew counts anew: what was shown before is another relay's.
        if (!gone) setLive((now) => mergeRows(rows, (now ?? []).filter(isSince(rows))));
      },
      () => undefined,
    );
    return () => {
      gone = true;
      end();
    };
  }, [client, isOpen]);
  if (paused && still === null && live !== null) setStill(live);
  if (!paused && still !== null) setStill(null);
  return paused ? (still ?? live) : live;
}

function isSince(rows: readonly TrafficRow[]): (row: TrafficRow) => boolean {
  const newest = rows[0]?.at ?? 0;
  return ({ at }) => at >= newest;
}
