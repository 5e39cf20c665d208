import type { ReactElement } from 'react';
import type { TunnelHold } from '../../../../common/domain/relay/tunnel-rules.ts';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { NumberSetting, Section, SettingRow, Surface, Switch } from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import { useAct } from '../../useChange.ts';
import { HeldNow } from './HeldNow.tsx';

const MIB = 1024 ** 2;
const MINUTE = 60_000;

/** Hold-and-deliver: callbacks of an outage are kept, still encrypted, and delivered in order. */
export function Hold({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const act = useAct();
  const { hold } = tunnel.rules;
  const set = (next: TunnelHold): Promise<void> =>
    client.call('hold.set', { tunnel: tunnel.name, hold: next });
  const change = (part: Partial<TunnelHold>): void =>
    act(
      () => set({ ...hold, ...part }),
      t('settings.saved'),
      () => set(hold),
    );
  return (
    <Section title={t('relay.hold.title')}>
      <Surface>
        <HeldNow tunnel={tunnel.name} />
        <SettingRow label={t('relay.hold.switch')} note={t('relay.hold.note')}>
          <Switch
            label={t('relay.hold.switch')}
            hideLabel
            value={hold.enabled}
            onChange={(enabled) => change({ enabled })}
          />
        </SettingRow>
        <SettingRow label={t('relay.hold.age')} note={t('relay.hold.ageNote')}>
          <NumberSetting
            label={t('relay.hold.age')}
            unit={t('relay.hold.minutes')}
            value={Math.max(1, Math.round(hold.maxAgeMs / MINUTE))}
            min={1}
            max={1440}
            refuse={t('relay.hold.ageRange')}
            isDisabled={!hold.enabled}
            onCommit={(value) => change({ maxAgeMs: value * MINUTE })}
          />
        </SettingRow>
        <SettingRow label={t('relay.hold.bytes')} note={t('relay.hold.bytesNote')}>
          <NumberSetting
            label={t('relay.hold.bytes')}
            unit="MiB"
            value={Math.max(1, Math.round(hold.maxBytes / MIB))}
            min={1}
            max={1024}
            refuse={t('relay.hold.bytesRange')}
            isDisabled={!hold.enabled}
            onCommit={(value) => change({ maxBytes: value * MIB })}
          />
        </SettingRow>
      </Surface>
    </Section>
  );
}
