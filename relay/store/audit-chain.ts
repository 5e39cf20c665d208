import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/text/canonical-json.ts';

/** What stands for the hash of the row before the first. */
export const GENESIS = '0'.repeat(64);

export interface ChainedContent {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  /** The details as they are stored: a JSON text, which a check must not have to write again. */
  readonly detail: string;
}

/** Lower hex SHA-256 of the previous row's hash and the row in canonical JSON. */
export function chainHash(previous: string, row: ChainedContent): string {
  const { seq, at, actor, address, action, subject, detail } = row;
  const text = canonicalJson({ seq, at, actor, address, action, subject, detail });
  return createHash('sha256').update(previous).update(text).digest('hex');
}
