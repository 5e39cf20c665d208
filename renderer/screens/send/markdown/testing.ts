import type { Block, Inline } from './nodes.ts';

/** For tests: the characters that a reader of the blocks sees, addresses and code languages with them. */
export function plain(blocks: readonly Block[]): string {
  return blocks.map(plainBlock).join('\n');
}

function plainBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return plainInline(block.children);
    case 'quote':
      return plain(block.children);
    case 'list':
      return block.items.map(plain).join('\n');
    case 'code':
      return `${block.language}\n${block.text}`;
    case 'table':
      return [block.head, ...block.rows].map((row) => row.map(plainInline).join(' ')).join('\n');
    case 'rule':
      return '';
  }
}

function plainInline(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text' || node.kind === 'code') return node.text;
      if (node.kind === 'break') return '\n';
      if (node.kind === 'image') return node.alt + node.address;
      if (node.kind === 'mention') return node.userId;
      return plainInline(node.children) + (node.kind === 'link' ? node.address : '');
    })
    .join('');
}
