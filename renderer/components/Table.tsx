import type { ReactElement, ReactNode } from 'react';
import {
  Cell,
  Column,
  Row,
  Table as AriaTable,
  TableBody,
  TableHeader,
  type Key,
} from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './Table.module.css';

export interface TableColumn<R> {
  readonly id: string;
  readonly label: string;
  /** The cell that names the row to a screen reader. The first column unless one says so. */
  readonly isRowHeader?: boolean;
  readonly align?: 'start' | 'end';
  readonly cell: (row: R) => ReactNode;
}

export interface TableProps<R extends { readonly id: string }> {
  readonly label: string;
  readonly columns: readonly TableColumn<R>[];
  readonly rows: readonly R[];
  /** A click or Enter on a row. */
  readonly onOpen?: (row: R) => void;
  /** The row that is open beside the table. */
  readonly selected?: string | null;
  /** Shown in place of rows. */
  readonly empty?: ReactNode;
  /** Whatever else cells are drawn from, so that they are drawn again when it changes. */
  readonly dependencies?: readonly unknown[];
}

/** A table with a keyboard: arrows move, Enter opens, Home and End jump; the header stays in sight. */
export function Table<R extends { readonly id: string }>(props: TableProps<R>): ReactElement {
  const { label, columns, rows, onOpen, selected, empty, dependencies = [] } = props;
  const namer = columns.find((column) => column.isRowHeader === true)?.id ?? columns[0]?.id;
  const open = (key: Key): void => {
    const row = rows.find((each) => each.id === key);
    if (row !== undefined) onOpen?.(row);
  };
  return (
    <div className={styles.frame}>
      <AriaTable
        aria-label={label}
        className={cx(styles.table)}
        {...(onOpen === undefined ? {} : { onRowAction: open })}
      >
        <TableHeader>
          {columns.map((column) => (
            <Column
              key={column.id}
              id={column.id}
              isRowHeader={column.id === namer}
              className={cx(styles.column, column.align === 'end' && styles.end)}
            >
              {column.label}
            </Column>
          ))}
        </TableHeader>
        <TableBody
          items={rows}
          dependencies={[columns, selected, ...dependencies]}
          renderEmptyState={() => <div className={styles.empty}>{empty}</div>}
        >
          {(row) => (
            <Row
              id={row.id}
              className={cx(styles.row)}
              {...(selected === row.id ? { 'data-selected': true } : {})}
            >
              {columns.map((column) => (
                <Cell
                  key={column.id}
                  className={cx(
                    styles.cell,
                    column.id === namer && styles.namer,
                    column.align === 'end' && styles.end,
                  )}
                >
                  {column.cell(row)}
                </Cell>
              ))}
            </Row>
          )}
        </TableBody>
      </AriaTable>
    </div>
  );
}
