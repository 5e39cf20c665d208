import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { MessageRow } from '../../common/domain/history.ts';
import { useClient } from '../app/console.tsx';
import { DECK_Y } from './Causeway.tsx';
import styles from './Causeway.module.css';

/** More than this at once say nothing more to the eye. */
const MAX_MARKS = 12;
const CROSSING_MS = 1400;
/** Marks of one change start after one another, so that ten messages look like ten. */
const STAGGER_MS = 90;

interface Mark {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly delay: number;
}

/** Messages that pass, each once, as a small mark along the line; none where the operator asked for less motion. */
export function Marks({ places }: { places: readonly number[] }): ReactElement {
  const client = useClient();
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const seen = useRef(new Set<string>());
  useEffect(
    () =>
      client.on('messages.changed', ({ rows }) => {
        if (window.matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden)
          return;
        const fresh = rows.filter((row) => !seen.current.has(row.id));
        for (const row of fresh) seen.current.add(row.id);
        if (seen.current.size > 500) seen.current = new Set(fresh.map((row) => row.id));
        const added = fresh.map((row, index) => ({
          key: row.id,
          ...way(row),
          delay: index * STAGGER_MS,
        }));
        setMarks((now) => [...now, ...added].slice(-MAX_MARKS));
      }),
    [client],
  );
  const end = (key: string): void => setMarks((now) => now.filter((mark) => mark.key !== key));
  return (
    <g>
      {marks.map((mark) => (
        <MovingMark
          key={mark.key}
          from={places[mark.from] ?? 0}
          to={places[mark.to] ?? 0}
          delay={mark.delay}
          onEnd={() => end(mark.key)}
        />
      ))}
    </g>
  );
}

/** Stations by index: what comes in goes from WeCom to a service, or to the gateway's store; what is sent starts at the gateway. */
function way(row: MessageRow): { from: number; to: number } {
  if (row.direction === 'out') return { from: 3, to: 0 };
  return { from: 0, to: row.outcome === 'stored' ? 3 : 4 };
}

function MovingMark(props: {
  from: number;
  to: number;
  delay: number;
  onEnd: () => void;
}): ReactElement {
  const { from, to, delay, onEnd } = props;
  const circle = useRef<SVGCircleElement>(null);
  const ended = useRef(onEnd);
  useEffect(() => {
    ended.current = onEnd;
  }, [onEnd]);
  useEffect(() => {
    const animation = circle.current?.animate(
      [{ transform: `translateX(${from}px)` }, { transform: `translateX(${to}px)` }],
      { duration: CROSSING_MS, delay, easing: 'cubic-bezier(0.3, 0, 0.7, 1)', fill: 'both' },
    );
    if (animation === undefined) return undefined;
    animation.addEventListener('finish', () => ended.current());
    return () => animation.cancel();
  }, [from, to, delay]);
  return <circle ref={circle} className={styles.mark} cx={0} cy={DECK_Y} r={5} />;
}
