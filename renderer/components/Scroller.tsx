import type { ReactElement, ReactNode } from 'react';

export interface ScrollerProps {
  /** Read aloud when the focus comes here. */
  readonly label: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A part that scrolls by itself and holds nothing that takes the focus: it takes it, so that arrows can scroll it. */
export function Scroller({ label, className, children }: ScrollerProps): ReactElement {
  return (
    // WCAG 2.1.1: what scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section aria-label={label} tabIndex={0} className={className}>
      {children}
    </section>
  );
}
