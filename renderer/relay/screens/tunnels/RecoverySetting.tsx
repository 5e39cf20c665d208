import type { ReactElement } from 'react';
import type { RecoveryMode } from '../../../../common/domain/relay/tunnel-rules.ts';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { Section, Select, SettingRow, Surface } from '../../../components/index.ts';
import { useClient, useSnapshot } from '../../console.tsx';
import { useAct } from '../../useChange.ts';

const modes = ['relay', 'auto', 'approve'] as const;

/** How the certificate of a device is renewed that was off when it ended. */
export function RecoverySetting({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const act = useAct();
  const { mode: own, days } = useSnapshot((snapshot) => snapshot.relay.recovery);
  const { recovery } = tunnel.rules;
  const set = (mode: RecoveryMode | null): Promise<void> =>
    client.call('recovery.set', { tunnel: tunnel.name, mode });
  return (
    <Section title={t('relay.recovery.title')}>
      <Surface>
        <SettingRow
          label={t('relay.recovery.setting')}
          note={days === 0 ? t('relay.recovery.never') : t('relay.recovery.note', { count: days })}
        >
          <Select
            label={t('relay.recovery.setting')}
            hideLabel
            isDisabled={days === 0}
            options={modes.map((value) => ({
              value,
              label:
                value === 'relay'
                  ? t('relay.recovery.mode.relay', { mode: t(`relay.recovery.mode.${own}`) })
                  : t(`relay.recovery.mode.${value}`),
            }))}
            value={recovery ?? 'relay'}
            onChange={(value) =>
              act(
                () => set(value === 'relay' ? null : value),
                t('settings.saved'),
                () => set(recovery),
              )
            }
          />
        </SettingRow>
      </Surface>
    </Section>
  );
}
