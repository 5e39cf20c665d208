import { useMemo, type ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { formatCount } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { targetCondition, targetTone } from '../../app/target-condition.ts';
import type { TargetView } from '../../../common/domain/bot.ts';
import type { ServiceView } from '../../../common/domain/service.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import {
  CopyButton,
  ListPage,
  LockMark,
  RelativeTime,
  StatusShape,
  Table,
  type TableColumn,
} from '../../components/index.ts';
import { publicAddress } from './address.ts';
import styles from './services.module.css';

/** Internal services that are reached through the tunnel, with how those behind them are doing. */
export function ServiceList(): ReactElement {
  const t = useTranslate();
  const mayManage = useCan('manage');
  const services = useSnapshot((snapshot) => snapshot.services);
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const publicUrls = useSnapshot((snapshot) => snapshot.tunnel.publicUrls);
  const columns = useMemo(() => columnsOf(t, targets, publicUrls), [t, targets, publicUrls]);
  return (
    <ListPage
      title={t('nav.services')}
      summary={t('services.summary')}
      add={
        mayManage
          ? {
              label: t('services.add'),
              onPress: () => navigate('services', null, { add: 'service' }),
            }
          : null
      }
      isEmpty={services.length === 0}
      empty={{ title: t('services.empty.title'), text: t('services.empty.text') }}
    >
      <Table
        label={t('nav.services')}
        columns={columns}
        rows={services}
        onOpen={({ id }) => navigate('services', id)}
      />
    </ListPage>
  );
}

function columnsOf(
  t: Translate,
  targets: readonly TargetView[],
  publicUrls: readonly string[],
): readonly TableColumn<ServiceView>[] {
  return [
    {
      id: 'address',
      label: t('services.address'),
      isRowHeader: true,
      cell: (service) => <Address service={service} publicUrls={publicUrls} />,
    },
    {
      id: 'targets',
      label: t('services.behind'),
      cell: (service) => <Behind service={service} targets={targets} />,
    },
    {
      id: 'open',
      label: t('services.open'),
      align: 'end',
      cell: (service) => <Open service={service} />,
    },
    {
      id: 'requests',
      label: t('services.requests'),
      align: 'end',
      cell: (service) => <Count value={service.requests} />,
    },
    {
      id: 'failed',
      label: t('services.failed'),
      align: 'end',
      cell: (service) => <Failed service={service} />,
    },
  ];
}

function Address(props: { service: ServiceView; publicUrls: readonly string[] }): ReactElement {
  const { service, publicUrls } = props;
  const t = useTranslate();
  const address = publicAddress(service, publicUrls);
  return (
    <span className={styles.address}>
      <span className={styles.path} title={address ?? service.path}>
        <span className={styles.host}>{service.host ?? t('services.anyHost')}</span>
        <span className={styles.prefix}>{service.path}</span>
        {service.lockedBy !== null && <LockMark source={service.lockedBy} />}
        {address !== null && <CopyButton value={address} label={t('services.copy')} />}
      </span>
      <span className={styles.small}>{service.id}</span>
    </span>
  );
}

function Behind(props: { service: ServiceView; targets: readonly TargetView[] }): ReactElement {
  const { service, targets } = props;
  const t = useTranslate();
  return (
    <span className={styles.behind}>
      {service.targets.map(({ id, weight }) => {
        const target = targets.find((each) => each.id === id);
        return (
          <span key={id} className={styles.target}>
            {target === undefined ? (
              <StatusShape tone="bad" size={10} label={t('routes.gone')} />
            ) : (
              <StatusShape
                tone={targetTone(target)}
                size={10}
                label={t(`common.target.${targetCondition(target)}`)}
              />
            )}
            <span className={styles.targetName} title={id}>
              {id}
            </span>
            {weight !== undefined && service.targets.length > 1 && (
              <span className={styles.small}>{t('routes.times', { shares: weight })}</span>
            )}
          </span>
        );
      })}
    </span>
  );
}

function Open({ service }: { service: ServiceView }): ReactElement {
  const t = useTranslate();
  return (
    <span className={styles.figures}>
      <Count value={service.open} />
      {service.websocket && service.sockets > 0 && (
        <span className={styles.small}>{t('services.sockets', { count: service.sockets })}</span>
      )}
    </span>
  );
}

function Failed({ service }: { service: ServiceView }): ReactElement {
  if (service.failedAt === null) return <Count value={service.failed} />;
  return (
    <span className={styles.figures}>
      <span className={styles.failed}>
        <StatusShape tone="warn" size={10} />
        <Count value={service.failed} />
      </span>
      <span className={styles.small}>
        <RelativeTime at={service.failedAt} />
      </span>
    </span>
  );
}

function Count({ value }: { value: number }): ReactElement {
  return <span>{formatCount(value, useLocale())}</span>;
}
