import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './Layout.module.css';

export interface PageProps {
  readonly children: ReactNode;
  /** Takes the whole width, for tables and logs. */
  readonly wide?: boolean;
  /** Takes the height of the window too and scrolls inside, for virtual lists. */
  readonly fill?: boolean;
}

/** The column a screen stands in. */
export function Page({ children, wide = false, fill = false }: PageProps): ReactElement {
  return (
    <div className={cx(styles.page, wide && styles.wide, fill && styles.fill)}>{children}</div>
  );
}

export interface PageHeaderProps {
  readonly title: string;
  readonly summary?: ReactNode;
  readonly actions?: ReactNode;
}

/** The one first-level heading of a screen. */
export function PageHeader({ title, summary, actions }: PageHeaderProps): ReactElement {
  return (
    <header className={styles.header}>
      <div>
        <h1 className={styles.title}>{title}</h1>
        {summary !== undefined && <p className={styles.summary}>{summary}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

export interface SectionProps {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A titled part of a screen. */
export function Section({ title, action, children }: SectionProps): ReactElement {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.sectionHead}>
        <h2>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}

/** A bordered surface for things that belong together; not for every group of words. */
export function Surface({ children }: { children: ReactNode }): ReactElement {
  return <div className={styles.surface}>{children}</div>;
}

export interface EmptyStateProps {
  readonly title: string;
  /** The next step, in a sentence. */
  readonly text: string;
  /** The button that takes it. */
  readonly action?: ReactNode;
}

export function EmptyState({ title, text, action }: EmptyStateProps): ReactElement {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      <p className={styles.emptyText}>{text}</p>
      {action !== undefined && <div className={styles.emptyAction}>{action}</div>}
    </div>
  );
}

/** Holds the place of what is coming, at its final size; `width` and `height` as CSS lengths. */
export function Skeleton({
  width = '100%',
  height = '14px',
}: {
  width?: string;
  height?: string;
}): ReactElement {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

/** Keys to press, one after another: `<KeyHint keys={['g', 'm']} />`. */
export function KeyHint({ keys }: { keys: readonly string[] }): ReactElement {
  return (
    <span className={styles.keys}>
      {keys.map((key) => (
        <kbd key={key} className={styles.key}>
          {key}
        </kbd>
      ))}
    </span>
  );
}
