import { useState, type ReactElement } from 'react';
import { relayPaths } from '../../../../common/contract/relay-api.ts';
import type { AuditRow } from '../../../../common/domain/relay/views.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  EmptyState,
  ErrorText,
  IconButton,
  Page,
  PageHeader,
  RelativeTime,
  SearchField,
  Skeleton,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { DownloadIcon, RefreshIcon } from '../../../icons/index.tsx';
import shared from '../../relay.module.css';
import { auditAction } from './actions.ts';
import styles from './audit.module.css';
import { Chain } from './Chain.tsx';
import { Details } from './Details.tsx';
import { useAudit } from './useAudit.ts';

/** Who did what and when, and whether the log is whole. */
export function Audit(): ReactElement {
  const t = useTranslate();
  const [search, setSearch] = useState('');
  const { rows, more, error, readMore, reload } = useAudit(search.trim());
  const [open, setOpen] = useState<number | null>(null);
  const opened = rows?.find(({ seq }) => seq === open) ?? null;
  const columns = columnsOf({ t });
  return (
    <Page>
      <PageHeader
        title={t('relay.nav.audit')}
        summary={t('relay.audit.summary')}
        actions={
          <a className={styles.export} href={relayPaths.auditExport} download>
            <DownloadIcon size={14} />
            {t('relay.audit.export')}
          </a>
        }
      />
      <Chain />
      <div className={styles.tools}>
        <SearchField label={t('relay.audit.search')} value={search} onChange={setSearch} />
        <IconButton label={t('relay.audit.reload')} icon={<RefreshIcon />} onPress={reload} />
      </div>
      {error !== null && <ErrorText error={error} />}
      {rows === null ? (
        <Skeleton height="240px" />
      ) : (
        <Table
          label={t('relay.nav.audit')}
          columns={columns}
          rows={rows.map((row) => ({ ...row, id: String(row.seq) }))}
          onOpen={({ seq }) => setOpen(seq)}
          selected={open === null ? null : String(open)}
          empty={
            <EmptyState
              title={t('relay.audit.none.title')}
              text={t('relay.audit.none.text')}
              action={
                search === '' ? undefined : (
                  <Button onPress={() => setSearch('')}>{t('relay.audit.none.action')}</Button>
                )
              }
            />
          }
        />
      )}
      {more && (
        <div className={shared.formActions}>
          <Button onPress={readMore}>{t('relay.audit.more')}</Button>
        </div>
      )}
      <Details row={opened} onClose={() => setOpen(null)} />
    </Page>
  );
}

function actorName(actor: string, adminKey: string): string {
  return actor === 'admin-key' ? adminKey : short(actor);
}

/** A device's id is long; whatever is shorter stays whole. */
function short(text: string): string {
  return text.length > 28 ? `${text.slice(0, 8)}…${text.slice(-4)}` : text;
}

interface ColumnWords {
  readonly t: Translate;
}

function columnsOf({ t }: ColumnWords): TableColumn<AuditRow & { id: string }>[] {
  return [
    {
      id: 'at',
      label: t('relay.audit.time'),
      cell: ({ at }) => <RelativeTime at={at} />,
    },
    {
      id: 'actor',
      label: t('relay.audit.actor'),
      cell: ({ actor, address }) => (
        <span title={actor}>
          {actorName(actor, t('relay.audit.adminKey'))}
          {address !== null && <span className={styles.address}>{address}</span>}
        </span>
      ),
    },
    {
      id: 'action',
      label: t('relay.audit.action'),
      isRowHeader: true,
      cell: ({ action }) => auditAction(action, t),
    },
    { id: 'subject', label: t('relay.audit.subject'), cell: ({ subject }) => short(subject) },
    {
      id: 'hash',
      label: t('relay.audit.hash'),
      cell: ({ seq, hash }) => (
        <span className={styles.hash}>
          #{seq} {hash.slice(0, 8)}
        </span>
      ),
    },
  ];
}
