import type { ReactElement } from 'react';
import { Label, Meter as AriaMeter } from 'react-aria-components';
import type { Tone } from '../../common/domain/tunnel.ts';
import { cx } from './cx.ts';
import styles from './Meter.module.css';

export interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** The figure in words with its unit: `1,204 of 2,048 bytes`. */
  readonly valueText: string;
  readonly tone?: Tone;
}

/** How much of a limit is used. */
export function Meter({ label, value, max, valueText, tone = 'busy' }: MeterProps): ReactElement {
  return (
    <AriaMeter
      className={cx(styles.meter)}
      value={Math.min(value, max)}
      maxValue={max}
      valueLabel={valueText}
    >
      {({ percentage }) => (
        <>
          <div className={styles.words}>
            <Label>{label}</Label>
            <span>{valueText}</span>
          </div>
          <div className={styles.track}>
            <div className={cx(styles.fill, styles[tone])} style={{ width: `${percentage}%` }} />
          </div>
        </>
      )}
    </AriaMeter>
  );
}
