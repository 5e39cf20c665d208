import { useMemo, type ReactElement, type ReactNode } from 'react';
import { cx } from '../../../components/index.ts';
import { ImageIcon } from '../../../icons/index.tsx';
import { parseMarkdown } from './blocks.ts';
import styles from './markdown.module.css';
import type { Block, ColumnAlign, Inline, MarkdownDialect } from './nodes.ts';

/** A message in one of WeCom's dialects, drawn from parsed nodes only. Links and pictures lead nowhere: their address is shown. */
export function Markdown(props: { dialect: MarkdownDialect; text: string }): ReactElement {
  const { dialect, text } = props;
  const blocks = useMemo(() => parseMarkdown(dialect, text), [dialect, text]);
  return <div className={styles.markdown}>{drawBlocks(blocks)}</div>;
}

function drawBlocks(blocks: readonly Block[]): ReactNode {
  // Blocks have no identity of their own: the whole is parsed anew with each change.
  return blocks.map((block, i) => <DrawnBlock key={i} block={block} />);
}

function DrawnBlock({ block }: { block: Block }): ReactElement {
  switch (block.kind) {
    case 'paragraph':
      return <p>{drawInline(block.children)}</p>;
    case 'heading':
      // The headings of a message are no headings of the console.
      return (
        <p className={cx(styles[`h${String(Math.min(block.level, 4))}`])}>
          {drawInline(block.children)}
        </p>
      );
    case 'quote':
      return <blockquote className={styles.quote}>{drawBlocks(block.children)}</blockquote>;
    case 'list': {
      const items = block.items.map((item, i) => <li key={i}>{drawBlocks(item)}</li>);
      return block.ordered ? (
        <ol className={cx(styles.list, styles.numbers)} start={block.start}>
          {items}
        </ol>
      ) : (
        <ul className={cx(styles.list, styles.bullets)}>{items}</ul>
      );
    }
    case 'code':
      return <pre className={styles.block}>{block.text}</pre>;
    case 'table':
      return <DrawnTable table={block} />;
    case 'rule':
      return <hr className={styles.rule} />;
  }
}

function DrawnTable({ table }: { table: Extract<Block, { kind: 'table' }> }): ReactElement {
  const alignOf = (column: number): string => alignClass(table.align[column] ?? 'start');
  return (
    <div className={styles.tableFrame}>
      <table className={styles.table}>
        <thead>
          <tr>
            {table.head.map((cell, column) => (
              <th key={column} className={alignOf(column)}>
                {drawInline(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) => (
                <td key={column} className={alignOf(column)}>
                  {drawInline(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function alignClass(align: ColumnAlign): string {
  return cx(align === 'center' && styles.center, align === 'end' && styles.end);
}

function drawInline(nodes: readonly Inline[]): ReactNode {
  return nodes.map((node, i) => <DrawnInline key={i} node={node} />);
}

function DrawnInline({ node }: { node: Inline }): ReactNode {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'break':
      return <br />;
    case 'code':
      return <code className={styles.code}>{node.text}</code>;
    case 'strong':
      return <strong>{drawInline(node.children)}</strong>;
    case 'emphasis':
      return <em>{drawInline(node.children)}</em>;
    case 'font':
      return <span className={styles[node.color]}>{drawInline(node.children)}</span>;
    case 'mention':
      return <span className={styles.mention}>@{node.userId}</span>;
    case 'link':
      return (
        <span title={node.address}>
          <span className={styles.link}>{drawInline(node.children)}</span>
          <span className={styles.address}>{node.address}</span>
        </span>
      );
    case 'image':
      return (
        <span className={styles.image} title={node.address}>
          <ImageIcon size={14} />
          {node.alt === '' ? null : <span>{node.alt}</span>}
          <span className={styles.address}>{node.address}</span>
        </span>
      );
  }
}
