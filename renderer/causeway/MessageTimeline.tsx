import type { ReactElement } from 'react';
import type { MessageDetail } from '../../common/domain/history.ts';
import { useLocale, useTranslate } from '../app/locale.tsx';
import { cx } from '../components/cx.ts';
import { timelineView, type TimelineSpan } from './timeline.ts';
import { useWidth } from './useWidth.ts';
import { wrap } from './wrap.ts';
import styles from './Causeway.module.css';

const LINE_Y = 12;
const EDGE = 6;

/** The causeway of one message, small: the milliseconds of each span. */
export function MessageTimeline({
  detail,
}: {
  detail: Pick<MessageDetail, 'row' | 'spans'>;
}): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const [frame, width] = useWidth(360);
  const view = timelineView(detail, { t, locale });
  const hasCause = view.spans.some((span) => span.cause !== null);
  const height = hasCause ? 84 : 54;
  const edges = edgesOf(
    view.spans.map((span) => span.share),
    width,
  );
  const words = view.spans.map((span) => `${span.name} ${span.figure} ${span.cause ?? ''}`.trim());
  return (
    <figure ref={frame} aria-label={words.join('; ')}>
      <svg className={styles.timeline} width={width} height={height} aria-hidden="true">
        {view.spans.map((span, index) => (
          <TimelinePart
            key={span.id}
            span={span}
            from={edges[index] ?? 0}
            to={edges[index + 1] ?? 0}
          />
        ))}
        {edges.map((place) => (
          <circle key={place} className={styles.stop} cx={place} cy={LINE_Y} r={4} />
        ))}
      </svg>
    </figure>
  );
}

/** Where spans begin and end, in pixels: one place more than there are spans. */
function edgesOf(shares: readonly number[], width: number): readonly number[] {
  const before = [
    0,
    ...shares.map((_, index) => shares.slice(0, index + 1).reduce((sum, part) => sum + part, 0)),
  ];
  return before.map((part) => EDGE + part * (width - 2 * EDGE));
}

function TimelinePart({
  span,
  from,
  to,
}: {
  span: TimelineSpan;
  from: number;
  to: number;
}): ReactElement {
  const middle = (from + to) / 2;
  const start = from + 7;
  const end = to - 7;
  return (
    <g className={cx(styles.span, styles[span.line], styles[span.tone])}>
      <path
        className={styles.line}
        d={
          span.line === 'broken'
            ? `M${start} ${LINE_Y}H${middle - 8}M${middle + 8} ${LINE_Y}H${end}`
            : `M${start} ${LINE_Y}H${end}`
        }
      />
      {span.line === 'broken' && (
        <path
          className={styles.break}
          d={`M${middle - 4} ${LINE_Y - 4}l8 8M${middle + 4} ${LINE_Y - 4}l-8 8`}
        />
      )}
      <text className={styles.spanFigure} x={middle} y={LINE_Y + 22}>
        {span.figure}
      </text>
      <text className={styles.spanName} x={middle} y={LINE_Y + 38}>
        {span.name}
      </text>
      {span.cause !== null &&
        wrap(span.cause, to - from - 4).map((line, index) => (
          <text key={line} className={styles.cause} x={middle} y={LINE_Y + 54 + index * 14}>
            {line}
          </text>
        ))}
    </g>
  );
}
