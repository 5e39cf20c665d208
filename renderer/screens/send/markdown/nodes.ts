/**
 * The two markdown dialects of the group robot (WeCom D91770). `markdown`: headings, bold, links, inline code, quotes, three font
 * colours, mentions. `markdown_v2`: CommonMark's common part with italics, lists, nested quotes, images, rules, code blocks and
 * tables, but neither font colours nor mentions.
 */
export type MarkdownDialect = 'markdown' | 'markdown_v2';

/** The named colours of `<font color="…">`: green, grey, orange. */
export const fontColors = ['info', 'comment', 'warning'] as const;
export type FontColor = (typeof fontColors)[number];

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong'; readonly children: readonly Inline[] }
  | { readonly kind: 'emphasis'; readonly children: readonly Inline[] }
  | { readonly kind: 'font'; readonly color: FontColor; readonly children: readonly Inline[] }
  | { readonly kind: 'link'; readonly address: string; readonly children: readonly Inline[] }
  | { readonly kind: 'image'; readonly address: string; readonly alt: string }
  | { readonly kind: 'mention'; readonly userId: string };

export type ColumnAlign = 'start' | 'center' | 'end';
export type Cell = readonly Inline[];

export type Block =
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: 'quote'; readonly children: readonly Block[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | {
      readonly kind: 'table';
      readonly align: readonly ColumnAlign[];
      readonly head: readonly Cell[];
      readonly rows: readonly (readonly Cell[])[];
    }
  | { readonly kind: 'rule' };

/** How deep quotes, lists and spans may lie in each other; what lies deeper is drawn as it is written. */
export const MAX_DEPTH = 12;
