import { useMemo, type ReactElement } from 'react';
import type { MessageRow } from '../../../common/domain/history.ts';
import type { Locale } from '../../../common/domain/settings.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import { useSnapshot } from '../../app/console.tsx';
import { formatAbsolute, formatClock } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import {
  Button,
  Duration,
  EmptyState,
  ErrorText,
  Outcome,
  PageLink,
  Section,
  Skeleton,
  Spoken,
  Surface,
  Table,
  type TableColumn,
} from '../../components/index.ts';
import { ArrowInIcon, ArrowOutIcon } from '../../icons/index.tsx';
import { useRecent } from './useRecent.ts';
import styles from './overview.module.css';

const ROWS = 12;

/** What came in and how it was answered, as it happens. */
export function Recent(): ReactElement {
  const t = useTranslate();
  const { rows, error } = useRecent(ROWS);
  return (
    <Section
      title={t('overview.recent')}
      action={<PageLink screen="messages">{t('overview.allMessages')}</PageLink>}
    >
      {rows === null ? (
        <Waiting error={error} />
      ) : rows.length === 0 ? (
        <NothingYet />
      ) : (
        <Rows rows={rows} />
      )}
    </Section>
  );
}

function columnsOf(t: Translate, locale: Locale): readonly TableColumn<MessageRow>[] {
  return [
    {
      id: 'time',
      label: t('overview.column.time'),
      cell: (row) => (
        <time title={formatAbsolute(row.at, locale)}>{formatClock(row.at, locale)}</time>
      ),
    },
    {
      id: 'type',
      label: t('overview.column.message'),
      isRowHeader: true,
      cell: (row) => (
        <span className={styles.type}>
          {row.direction === 'in' ? <ArrowInIcon size={14} /> : <ArrowOutIcon size={14} />}
          <Spoken>{t(`common.direction.${row.direction}`)}</Spoken>
          {row.type}
        </span>
      ),
    },
    { id: 'bot', label: t('overview.column.bot'), cell: (row) => row.bot },
    { id: 'from', label: t('overview.column.from'), cell: (row) => row.from ?? '–' },
    {
      id: 'outcome',
      label: t('overview.column.outcome'),
      cell: (row) => <Outcome outcome={row.outcome} />,
    },
    {
      id: 'duration',
      label: t('overview.column.duration'),
      align: 'end',
      cell: (row) => <Duration ms={row.durationMs} />,
    },
  ];
}

function Rows({ rows }: { rows: readonly MessageRow[] }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const columns = useMemo(() => columnsOf(t, locale), [t, locale]);
  return (
    <Table
      label={t('overview.recent')}
      columns={columns}
      rows={rows}
      onOpen={(row) => navigate('messages', row.id)}
    />
  );
}

function Waiting({ error }: { error: unknown }): ReactElement {
  if (error !== null) return <ErrorText error={error} />;
  return <Skeleton height={`${String(33 + ROWS * 36)}px`} />;
}

function NothingYet(): ReactElement {
  const t = useTranslate();
  const hasBots = useSnapshot((snapshot) => snapshot.bots.length > 0);
  const robot = useSnapshot((snapshot) => snapshot.bots.some((bot) => bot.kind === 'robot'));
  return (
    <Surface>
      <EmptyState
        title={t('overview.empty.title')}
        text={t(hasBots ? 'overview.empty.text' : 'overview.empty.noBots')}
        action={
          hasBots && robot ? (
            <Button onPress={() => navigate('send')}>{t('overview.do.send')}</Button>
          ) : (
            <Button onPress={() => navigate('bots')}>{t('overview.do.bots')}</Button>
          )
        }
      />
    </Surface>
  );
}
