import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { messageForms, type MessageForm } from '../../common/domain/message/forms.ts';

const file = new URL('../../docs/messages.md', import.meta.url);
const BEGIN = '<!-- forms: generated, see tests/rules/messages-document.test.ts -->';
const END = '<!-- /forms -->';

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly string[];
  readonly const?: string;
}

type Row = readonly [field: string, is: string, sent: string, note: string];

/** The values under `node`, one row each; a choice gives the rows of all its forms. */
function rowsOf(node: Node, path: string): Row[] {
  const forms = node.anyOf ?? node.oneOf;
  if (forms !== undefined) return forms.flatMap((form) => rowsOf(form, path));
  return Object.entries(node.properties ?? {}).flatMap(([name, field]): Row[] => {
    const always = node.required?.includes(name) === true ? 'always' : '';
    const own = `${path}${name}`;
    if (field.type === 'object') return rowsOf(field, `${own}.`);
    if (field.items?.type === 'object') return rowsOf(field.items, `${own}[].`);
    const values = field.enum?.join(', ') ?? field.const ?? '';
    const is = field.items === undefined ? (field.type ?? 'any') : `${field.items.type ?? 'any'}[]`;
    return [[own, is, always, [values, field.description ?? ''].filter(Boolean).join('; ')]];
  });
}

/** A table of `forms`; those with the same fields share their rows. */
function table(heading: string, forms: readonly MessageForm[]): string {
  const byRows = new Map<string, { names: string[]; rows: Row[] }>();
  for (const { type, event, content } of forms) {
    const rows = rowsOf(z.toJSONSchema(content, { io: 'output' }) as Node, '');
    const key = JSON.stringify(rows);
    const known = byRows.get(key) ?? { names: [], rows };
    known.names.push(`\`${event ?? type}\``);
    byRows.set(key, known);
  }
  const lines = [...byRows.values()].flatMap(({ names, rows }) =>
    rows.map(
      ([field, is, sent, note], index) =>
        `| ${index === 0 ? names.join(', ') : ''} | \`${field}\` | ${is} | ${sent} | ${note} |`,
    ),
  );
  const bare = [...byRows.values()].flatMap(({ names, rows }) => (rows.length === 0 ? names : []));
  const kind = heading.includes('event') ? 'event' : 'type';
  const rest = bare.length === 0 ? '' : `\nWithout fields: ${bare.join(', ')}.\n`;
  return `### ${heading}\n\n| ${kind} | field of \`content\` | is | sent | |\n|---|---|---|---|---|\n${lines.join('\n')}\n${rest}`;
}

async function document(): Promise<string> {
  const of = (sender: string, isEvent: boolean): MessageForm[] =>
    messageForms.filter((form) => form.sender === sender && (form.event !== null) === isEvent);
  const text = [
    table('Messages to apps', of('app', false)),
    table('An app’s events', of('app', true)),
    table('Messages to smart bots', of('aibot', false)),
    table('A smart bot’s events', of('aibot', true)),
  ].join('\n');
  const options = await resolveConfig(file);
  return (await format(text, { ...options, parser: 'markdown' })).trim();
}

/** `UPDATE_DOCS=1 npm test -- messages-document` writes the tables anew. */
test('docs/messages.md has every message type and event with its fields', async () => {
  const before = readFileSync(file, 'utf8');
  const [head, rest] = before.split(BEGIN);
  const [, tail] = rest?.split(END) ?? [];
  const wanted = `${head ?? ''}${BEGIN}\n\n${await document()}\n\n${END}${tail ?? ''}`;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, wanted);
  else expect(before).toBe(wanted);
  expect(wanted.split('\n').length).toBeGreaterThan(150);
});
