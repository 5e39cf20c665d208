import { useState, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Button, ConfirmDialog, Section, SettingRow, Surface } from '../../components/index.ts';

/** Takes this device off the relay; the one thing here that cannot be undone. */
export function Forget(): ReactElement | null {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const device = useSnapshot((snapshot) => snapshot.tunnel.device);
  const address = useSnapshot((snapshot) => snapshot.tunnel.publicUrls[0] ?? null);
  const several = useSnapshot((snapshot) => (snapshot.tunnel.links?.length ?? 0) > 1);
  // What files name is not this program's to forget.
  const isFixed = useSnapshot(({ settings }) => settings.locked['tunnel.identity'] !== undefined);
  const [asking, setAsking] = useState(false);
  if (device === null || !canManage || isFixed) return null;
  return (
    <Section title={t('settings.device')}>
      <Surface>
        <SettingRow label={t('settings.forget.title')} note={t('settings.forget.note')}>
          <Button onPress={() => setAsking(true)}>{t('settings.forget.open')}</Button>
        </SettingRow>
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
        <p>
          {t(several ? 'settings.forget.several' : 'settings.forget.ends', {
            tunnel: device.tunnel,
            address: address ?? device.id,
          })}
        </p>
        <p>{t('settings.forget.keeps')}</p>
      </ConfirmDialog>
    </Section>
  );
}
