import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  type Ref,
} from 'react';
import { cx } from './cx.ts';
import styles from './VirtualGrid.module.css';

const HEADER_HEIGHT = 32;
const OVERSCAN = 12;

/** What a screen may ask of the list beyond its props. */
export interface VirtualGridHandle {
  scrollToIndex(index: number, align?: 'auto' | 'start' | 'center' | 'end'): void;
  focus(): void;
}

export interface VirtualGridProps {
  readonly label: string;
  readonly count: number;
  /** A name for a row that stays with it when others come and go. */
  readonly keyOf: (index: number) => string;
  /** The cells of a row, each with `role="gridcell"`. A row that is `open` may be taller than the others. */
  readonly renderRow: (index: number, isActive: boolean) => ReactNode;
  /** Height of a row that is not open, pixels. */
  readonly rowHeight: number;
  /** Names of the columns, in order; `className` as on the cells. */
  readonly header?: readonly {
    readonly id: string;
    readonly label: ReactNode;
    readonly className?: string;
  }[];
  /** Lays out the cells of header and rows alike (`grid-template-columns`). */
  readonly rowClass: string;
  /** A further class for one row, e.g. its tone. */
  readonly rowTone?: (index: number) => string | undefined;
  /** The row that the keyboard stands on. */
  readonly active: number | null;
  readonly onActive: (index: number) => void;
  /** Enter or a click on a row. */
  readonly onOpen?: (index: number) => void;
  readonly selected?: number | null;
  /** Keys that the list itself has no use for. */
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly onScroll?: (element: HTMLElement) => void;
  readonly onFocusChange?: (isFocused: boolean) => void;
  /** The last row in sight, e.g. to read the next page. */
  readonly onReach?: (index: number) => void;
  /** Shown in place of rows. */
  readonly empty?: ReactNode;
  readonly ref?: Ref<VirtualGridHandle>;
}

/**
 * A long list of which only what is in sight is in the document, as an ARIA grid: one stop for Tab, arrows, Page, Home and End move,
 * Enter opens. The row the keyboard stands on stays in the document even when it is scrolled away, so that a screen reader keeps it.
 */
export function VirtualGrid(props: VirtualGridProps): ReactElement {
  const { count, keyOf, active, onActive, onOpen, onReach, header, rowHeight } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const headerHeight = header === undefined ? 0 : HEADER_HEIGHT;

  const withActive = useCallback(
    (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      if (active === null || active >= count || indexes.includes(active)) return indexes;
      return [...indexes, active].toSorted((a, b) => a - b);
    },
    [active, count],
  );
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan: OVERSCAN,
    rangeExtractor: withActive,
    scrollMargin: headerHeight,
    scrollPaddingStart: headerHeight,
  });

  useImperativeHandle(
    props.ref,
    () => ({
      scrollToIndex: (index, align = 'auto') => virtual.scrollToIndex(index, { align }),
      focus: () => scroller.current?.focus(),
    }),
    [virtual],
  );

  const lastInSight = virtual.range?.endIndex ?? 0;
  useEffect(() => onReach?.(lastInSight), [onReach, lastInSight, count]);

  const move = (index: number): void => {
    const next = Math.max(0, Math.min(count - 1, index));
    onActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const from = active ?? -1;
    const target = {
      ArrowDown: from + 1,
      ArrowUp: Math.max(0, from - 1),
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (target !== undefined && count > 0 && !event.altKey && !event.metaKey) {
      event.preventDefault();
      move(target);
    } else if (event.key === 'Enter' && active !== null && event.target === event.currentTarget) {
      event.preventDefault();
      onOpen?.(active);
    } else props.onKeyDown?.(event);
  };

  const onClick = (event: MouseEvent): void => {
    const index = rowOf(event.target);
    if (index === null) return;
    onActive(index);
    onOpen?.(index);
  };

  const nameOf = (index: number): string => `${id}-${keyOf(index)}`;
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={count + (header === undefined ? 0 : 1)}
      tabIndex={0}
      {...(active !== null && active < count && { 'aria-activedescendant': nameOf(active) })}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onScroll={(event) => props.onScroll?.(event.currentTarget)}
      onFocus={() => props.onFocusChange?.(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) props.onFocusChange?.(false);
      }}
    >
      {header !== undefined && (
        <div role="rowgroup" className={styles.header}>
          <div role="row" aria-rowindex={1} className={cx(styles.headerRow, props.rowClass)}>
            {header.map((column) => (
              <span key={column.id} role="columnheader" className={column.className}>
                {column.label}
              </span>
            ))}
          </div>
        </div>
      )}
      {count === 0 ? (
        <div role="rowgroup">
          <div role="row" className={styles.empty}>
            <div role="gridcell">{props.empty}</div>
          </div>
        </div>
      ) : (
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.key}
              ref={virtual.measureElement}
              id={nameOf(item.index)}
              role="row"
              aria-rowindex={item.index + (header === undefined ? 1 : 2)}
              data-index={item.index}
              aria-selected={props.selected === item.index}
              data-active={active === item.index || undefined}
              className={cx(styles.row, props.rowClass, props.rowTone?.(item.index))}
              style={{ transform: `translateY(${String(item.start - headerHeight)}px)` }}
            >
              {props.renderRow(item.index, active === item.index)}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** The surface of a list and of what stands above it; lays its columns out by its own width. */
export function ListFrame({ children }: { children: ReactNode }): ReactElement {
  return <div className={styles.frame}>{children}</div>;
}

/** The row that a click was meant for; null where it was on a control inside of it, or ended a selection of text. */
function rowOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const row = target.closest<HTMLElement>('[role="row"][data-index]');
  if (row === null) return null;
  const control = target.closest('button, a, input, [role="button"]');
  if (control !== null && row.contains(control)) return null;
  const selection = window.getSelection();
  if (selection?.type === 'Range' && selection.containsNode(target, true)) return null;
  return Number(row.dataset['index']);
}
