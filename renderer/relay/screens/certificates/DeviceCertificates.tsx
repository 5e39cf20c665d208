import type { ReactElement } from 'react';
import { certificateTone, lifeSpent } from '../../../../common/domain/certificate.ts';
import type { DeviceView } from '../../../../common/domain/relay/views.ts';
import type { Locale } from '../../../../common/domain/settings.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { formatDate } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  cx,
  EmptyState,
  Section,
  Surface,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { LifeLeft } from '../../../screens/certificates/LifeLeft.tsx';
import bar from '../../../screens/certificates/certificates.module.css';
import { useSnapshot } from '../../console.tsx';
import { navigate } from '../../router.ts';
import styles from './devices.module.css';

type Row = DeviceView & {
  readonly tunnel: string;
  readonly notBefore: number;
  readonly notAfter: number;
};

/** The certificates of every device that has not been revoked, the soonest to end first. */
export function DeviceCertificates({ now }: { now: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const rows: readonly Row[] = tunnels
    .flatMap(({ name, devices }) =>
      devices.map((device) => ({
        ...device,
        tunnel: name,
        notBefore: device.certificateNotBefore,
        notAfter: device.certificateNotAfter,
      })),
    )
    .filter(({ revokedAt }) => revokedAt === null)
    .toSorted((a, b) => a.notAfter - b.notAfter);
  const columns = columnsOf({ t, locale, now });
  return (
    <Section title={t('relay.certificates.devices')}>
      {rows.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('relay.certificates.empty.title')}
            text={t('relay.certificates.empty.text')}
            action={
              <Button onPress={() => navigate('tunnels')}>{t('relay.traffic.empty.action')}</Button>
            }
          />
        </Surface>
      ) : (
        <Table
          label={t('relay.certificates.devices')}
          columns={columns}
          rows={rows}
          onOpen={({ tunnel }) => navigate('tunnels', tunnel)}
          dependencies={[now, locale]}
        />
      )}
    </Section>
  );
}

function Life({ row, now }: { row: Row; now: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const spent = lifeSpent(row, now) * 100;
  const label = t('certificates.life', {
    begin: formatDate(row.notBefore, locale),
    end: formatDate(row.notAfter, locale),
  });
  return (
    <span className={styles.life} role="img" aria-label={label} title={label}>
      <span className={cx(bar.track, styles.track)}>
        <span
          className={cx(bar.spent, styles.spent, bar[certificateTone(row, now)])}
          style={{ width: `${spent}%` }}
        />
        <span className={bar.now} style={{ left: `${spent}%` }} />
      </span>
    </span>
  );
}

interface ColumnWords {
  readonly t: Translate;
  readonly locale: Locale;
  readonly now: number;
}

function columnsOf({ t, locale, now }: ColumnWords): TableColumn<Row>[] {
  return [
    { id: 'host', label: t('relay.device.host'), cell: ({ hostname }) => hostname },
    { id: 'tunnel', label: t('relay.traffic.tunnel'), cell: ({ tunnel }) => tunnel },
    {
      id: 'life',
      label: t('relay.certificates.life'),
      cell: (row) => <Life row={row} now={now} />,
    },
    {
      id: 'until',
      label: t('certificates.validUntil'),
      cell: ({ notAfter }) => formatDate(notAfter, locale),
    },
    {
      id: 'left',
      label: t('relay.certificates.left'),
      cell: (row) => <LifeLeft certificate={row} now={now} />,
    },
  ];
}
