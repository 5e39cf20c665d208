import type { ReactElement } from 'react';
import type { TunnelLimits } from '../../../../common/domain/relay/tunnel-rules.ts';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { NumberSetting, Section, SettingRow, Surface } from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import { useAct } from '../../useChange.ts';

const KIB = 1024;

/** How much one tunnel may take. */
export function Limits({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const act = useAct();
  const { limits } = tunnel.rules;
  const set = (next: TunnelLimits): Promise<void> =>
    client.call('limits.set', { tunnel: tunnel.name, limits: next });
  const change = (part: Partial<TunnelLimits>): void =>
    act(
      () => set({ ...limits, ...part }),
      t('settings.saved'),
      () => set(limits),
    );
  const none = t('relay.limits.none');
  return (
    <Section title={t('relay.limits.title')}>
      <Surface>
        <SettingRow label={t('relay.limits.rate')} note={t('relay.limits.rateNote')}>
          <NumberSetting
            label={t('relay.limits.rate')}
            unit={t('relay.limits.perSecond')}
            value={limits.requestsPerSecond}
            min={1}
            max={100_000}
            refuse={t('relay.limits.rateRange')}
            onCommit={(requestsPerSecond) => change({ requestsPerSecond })}
            empty={{ text: none, onCommit: () => change({ requestsPerSecond: null }) }}
          />
        </SettingRow>
        <SettingRow label={t('relay.limits.body')} note={t('relay.limits.bodyNote')}>
          <NumberSetting
            label={t('relay.limits.body')}
            unit="KiB"
            value={limits.bodyBytes === null ? null : Math.round(limits.bodyBytes / KIB)}
            min={1}
            max={KIB * KIB}
            refuse={t('relay.limits.bodyRange')}
            onCommit={(value) => change({ bodyBytes: value * KIB })}
            empty={{ text: none, onCommit: () => change({ bodyBytes: null }) }}
          />
        </SettingRow>
      </Surface>
    </Section>
  );
}
