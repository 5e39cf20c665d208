import type { ReactElement, ReactNode } from 'react';
import type { Tone } from '../../common/domain/tunnel.ts';
import { cx } from './cx.ts';
import styles from './StatusShape.module.css';

/** Each tone has a form of its own, so that nobody needs to tell green from red. Drawn in a 12 px box. */
export const shapes: Readonly<Record<Tone, ReactNode>> = {
  ok: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  busy: (
    <>
      <circle
        cx="6"
        cy="6"
        r="4.25"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        opacity="0.35"
      />
      <path
        d="M6 1.75A4.25 4.25 0 0 1 10.25 6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </>
  ),
  warn: <path d="M6 1.2 11.2 10.6H0.8Z" fill="currentColor" />,
  bad: <path d="M6 0.6 11.4 6 6 11.4 0.6 6Z" fill="currentColor" />,
  idle: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />,
};

export interface StatusShapeProps {
  readonly tone: Tone;
  /** Read aloud; left out where words beside it say the same. */
  readonly label?: string;
  readonly size?: number;
}

/** Disc, arc, triangle, diamond or ring: how something is, by shape and colour. */
export function StatusShape({ tone, label, size = 12 }: StatusShapeProps): ReactElement {
  return (
    <svg
      className={cx(styles.shape, styles[tone])}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {shapes[tone]}
    </svg>
  );
}
