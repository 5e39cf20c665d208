import type { AuditStore } from '../store/audit.ts';

const PAGE = 500;

/** The audit log as JSON lines (a row each, oldest first), read in pages, so that it never stands in memory whole. */
export function* auditLines(audit: Pick<AuditStore, 'page'>): Generator<string> {
  let after = 0;
  for (;;) {
    const rows = audit.page(after, PAGE);
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.seq ?? after;
  }
}
