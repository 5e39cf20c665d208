import type { ReactElement, ReactNode } from 'react';
import { ToggleButton, Toolbar } from 'react-aria-components';
import { useTranslate } from '../app/locale.tsx';
import { cx } from '../components/cx.ts';
import { shapes } from '../components/StatusShape.tsx';
import { drawings } from './drawings.tsx';
import { useWidth } from './useWidth.ts';
import { wrap } from './wrap.ts';
import type { CausewayView, SpanView, StationId, StationView } from './view.ts';
import styles from './Causeway.module.css';

const HEIGHT = 136;
/** Height of the line in the picture. */
export const DECK_Y = 52;
const RADIUS = 18;
const FIRST_WIDTH = 912;

export interface CausewayProps {
  readonly view: CausewayView;
  /** The station whose detail is open. */
  readonly open?: StationId | null;
  /** Left out, the stations are a picture only. */
  readonly onOpen?: (station: StationId | null) => void;
  /** Drawn on the line, above the spans: what passes just now. Gets the x of each station. */
  readonly marks?: (places: readonly number[]) => ReactNode;
}

/** The causeway: five stations on one line, and what carries between them. */
export function Causeway({ view, open = null, onOpen, marks }: CausewayProps): ReactElement {
  const t = useTranslate();
  const [frame, width] = useWidth(FIRST_WIDTH);
  const step = width / view.stations.length;
  const places = view.stations.map((_, index) => step * (index + 0.5));
  const words = view.stations.map((station) => describe(station)).join('; ');
  const causes = view.spans.flatMap((span) => (span.cause === null ? [] : [span.cause])).join('; ');
  return (
    <figure
      ref={frame}
      className={styles.causeway}
      aria-label={[words, causes].filter((part) => part !== '').join('. ')}
    >
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {view.spans.map((span, index) => (
          <Span key={span.from} span={span} from={places[index] ?? 0} to={places[index + 1] ?? 0} />
        ))}
        {marks?.(places)}
        {view.stations.map((station, index) => (
          <Station
            key={station.id}
            station={station}
            x={places[index] ?? 0}
            isOpen={open === station.id}
          />
        ))}
      </svg>
      {onOpen !== undefined && (
        <Toolbar aria-label={t('overview.stations')} className={cx(styles.buttons)}>
          {view.stations.map((station) => (
            <ToggleButton
              key={station.id}
              className={cx(styles.button)}
              aria-label={describe(station)}
              isSelected={open === station.id}
              onChange={(selected) => onOpen(selected ? station.id : null)}
            />
          ))}
        </Toolbar>
      )}
    </figure>
  );

  function describe(station: StationView): string {
    return t('overview.station', {
      name: station.name,
      state: t(`common.tone.${station.tone}`),
      figure: `${station.figure} ${station.note}`,
    });
  }
}

function Station(props: { station: StationView; x: number; isOpen: boolean }): ReactElement {
  const { station, x, isOpen } = props;
  return (
    <g className={cx(styles.station, styles[station.tone], isOpen && styles.open)}>
      <text className={styles.name} x={x} y={18}>
        {station.name}
      </text>
      <circle className={styles.disc} cx={x} cy={DECK_Y} r={RADIUS} />
      <g className={styles.icon} transform={`translate(${x - 9} ${DECK_Y - 9}) scale(1.125)`}>
        {drawings[station.id]}
      </g>
      <g className={styles.badge} transform={`translate(${x + 7} ${DECK_Y + 5})`}>
        <circle cx={7} cy={7} r={9.5} />
        <g transform="scale(1.1667)">{shapes[station.tone]}</g>
      </g>
      <text className={styles.figure} x={x} y={DECK_Y + 46}>
        {station.figure}
      </text>
      <text className={styles.note} x={x} y={DECK_Y + 64}>
        {station.note}
      </text>
    </g>
  );
}

function Span({ span, from, to }: { span: SpanView; from: number; to: number }): ReactElement {
  const start = from + RADIUS + 4;
  const end = to - RADIUS - 4;
  const middle = (from + to) / 2;
  const gap = 11;
  return (
    <g className={cx(styles.span, styles[span.line], styles[span.tone])}>
      {span.line === 'broken' ? (
        <>
          <path
            className={styles.line}
            d={`M${start} ${DECK_Y}H${middle - gap}M${middle + gap} ${DECK_Y}H${end}`}
          />
          <path
            className={styles.break}
            d={`M${middle - 5} ${DECK_Y - 5}l10 10M${middle + 5} ${DECK_Y - 5}l-10 10`}
          />
        </>
      ) : (
        <path className={styles.line} d={`M${start} ${DECK_Y}H${end}`} />
      )}
      {span.cause !== null &&
        wrap(span.cause, to - from - 2 * RADIUS - 12).map((line, index) => (
          <text key={line} className={styles.cause} x={middle} y={DECK_Y + 24 + index * 15}>
            {line}
          </text>
        ))}
    </g>
  );
}
