import { useState, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Button, ConfirmDialog, Section, Surface } from '../../components/index.ts';
import { Row } from './Row.tsx';

/** Takes this device off the relay; the one thing here that cannot be undone. */
export function Forget(): ReactElement | null {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const device = useSnapshot((snapshot) => snapshot.tunnel.device);
  const address = useSnapshot((snapshot) => snapshot.tunnel.publicUrls[0] ?? null);
  const [asking, setAsking] = useState(false);
  if (device === null || !canManage) return null;
  return (
    <Section title={t('settings.device')}>
      <Surface>
        <Row label={t('settings.forget.title')} note={t('settings.forget.note')} lockedBy={null}>
          <Button onPress={() => setAsking(true)}>{t('settings.forget.open')}</Button>
        </Row>
      </Surface>
      <ConfirmDialog
        title={t('settings.forget.question')}
        confirm={t('settings.forget.confirm')}
        isOpen={asking}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          await client.call('tunnel.forget');
          navigate('enrol');
        }}
      >
        <p>{t('settings.forget.ends', { tunnel: device.tunnel, address: address ?? device.id })}</p>
        <p>{t('settings.forget.keeps')}</p>
      </ConfirmDialog>
    </Section>
  );
}
