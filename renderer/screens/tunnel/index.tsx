import type { ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import {
  Button,
  EmptyState,
  Page,
  PageHeader,
  PageLink,
  Section,
  Surface,
  useToasts,
} from '../../components/index.ts';
import { Join, WaitingFile } from '../../enrolment/index.ts';
import { PlusIcon } from '../../icons/index.tsx';
import { FixedByFile } from './FixedByFile.tsx';
import { LastSwitch } from './LastSwitch.tsx';
import { Relays } from './Relays.tsx';
import styles from './tunnel.module.css';

/** Every relay of this device, which of them is in use, and the way to another: `#/tunnel`, `?add=relay`. */
export default function TunnelScreen(): ReactElement {
  const { query } = useRoute();
  return <Page>{query['add'] === undefined ? <Overview /> : <AddRelay />}</Page>;
}

function Overview(): ReactElement {
  const t = useTranslate();
  const canManage = useCan('manage');
  const links = useSnapshot((snapshot) => snapshot.tunnel.links ?? []);
  const request = useSnapshot((snapshot) => snapshot.tunnel.request ?? null);
  const identityFrom = useSnapshot(({ settings }) => settings.locked['tunnel.identity'] ?? null);
  const mayAdd = canManage && identityFrom === null;
  const add = (): void =>
    links.length === 0 ? navigate('enrol') : navigate('tunnel', null, { add: 'relay' });
  return (
    <>
      <PageHeader
        title={t('nav.tunnel')}
        summary={t('tunnel.summary')}
        {...(mayAdd &&
          links.length > 0 && {
            actions: (
              <Button onPress={add}>
                <PlusIcon />
                {t('tunnel.add')}
              </Button>
            ),
          })}
      />
      {request !== null && (
        <Section title={t('tunnel.request')}>
          <Surface>
            <div className={styles.padded}>
              <WaitingFile request={request} />
            </div>
          </Surface>
        </Section>
      )}
      {links.length === 0 ? (
        request === null && (
          <Surface>
            <EmptyState
              title={t('tunnel.empty.title')}
              text={t('tunnel.empty.text')}
              {...(mayAdd && {
                action: (
                  <Button variant="primary" onPress={add}>
                    {t('app.setUp')}
                  </Button>
                ),
              })}
            />
          </Surface>
        )
      ) : (
        <Section title={t('tunnel.relays')} action={<LastSwitch links={links} />}>
          <Relays links={links} />
          {links.length === 1 && <p className={styles.hint}>{t('tunnel.single')}</p>}
        </Section>
      )}
      <FixedByFile />
    </>
  );
}

function AddRelay(): ReactElement {
  const t = useTranslate();
  const toasts = useToasts();
  return (
    <>
      <PageHeader
        title={t('tunnel.add')}
        summary={<PageLink screen="tunnel">{t('tunnel.back')}</PageLink>}
      />
      <p className={styles.hint}>{t('tunnel.add.text')}</p>
      <Join
        onJoined={() => {
          toasts.done(t('tunnel.added'));
          navigate('tunnel', null, {}, 'replace');
        }}
      />
      <FixedByFile />
    </>
  );
}
