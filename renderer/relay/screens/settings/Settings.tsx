import type { ReactElement } from 'react';
import type { Account } from '../../../../common/domain/relay/views.ts';
import { formatAbsolute } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  CopyValue,
  Fact,
  Facts,
  Page,
  PageHeader,
  Section,
  Segmented,
  Select,
  SettingRow,
  Surface,
} from '../../../components/index.ts';
import {
  useClient,
  useRelayState,
  useRelayStore,
  useSignOut,
  useSnapshot,
} from '../../console.tsx';
import shared from '../../relay.module.css';
import { useAct } from '../../useChange.ts';
import { Password } from './Password.tsx';

const locales = ['auto', 'zh-CN', 'en'] as const;
const themes = ['auto', 'light', 'dark'] as const;

/** How one wants the console, one's password, and what the relay is. */
export function Settings(): ReactElement {
  const t = useTranslate();
  const signOut = useSignOut();
  const account = useRelayState(({ info }) => info?.account ?? null);
  return (
    <Page>
      <PageHeader title={t('relay.nav.settings')} summary={t('relay.settings.summary')} />
      {account !== null && <Appearance account={account} />}
      <Section title={t('relay.settings.account')}>
        <Surface>
          <SettingRow label={account?.user ?? ''} note={t('relay.settings.sessionNote')}>
            <Button onPress={signOut}>{t('relay.signOut')}</Button>
          </SettingRow>
          <Password />
        </Surface>
      </Section>
      <About />
    </Page>
  );
}

function Appearance({ account }: { account: Account }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const store = useRelayStore();
  const act = useAct();
  const set = async (part: Partial<Omit<Account, 'user'>>): Promise<void> => {
    store.setAccount(await client.call('account.update', part));
  };
  return (
    <Section title={t('settings.appearance')}>
      <Surface>
        <SettingRow label={t('settings.locale')}>
          <Select
            label={t('settings.locale')}
            hideLabel
            options={locales.map((value) => ({
              value,
              label: value === 'auto' ? t('relay.settings.browser') : t(`settings.locale.${value}`),
            }))}
            value={account.locale}
            onChange={(locale) =>
              act(
                () => set({ locale }),
                t('settings.saved'),
                () => set({ locale: account.locale }),
              )
            }
          />
        </SettingRow>
        <SettingRow label={t('settings.theme')}>
          <Segmented
            label={t('settings.theme')}
            hideLabel
            options={themes.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
            value={account.theme}
            onChange={(theme) =>
              act(
                () => set({ theme }),
                t('settings.saved'),
                () => set({ theme: account.theme }),
              )
            }
          />
        </SettingRow>
      </Surface>
    </Section>
  );
}

/** What operators and scripts need to know of this relay. */
function About(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const relay = useSnapshot((snapshot) => snapshot.relay);
  const version = useRelayState(({ info }) => info?.version ?? '');
  const facts = [
    ['relay.about.public', relay.addresses.public],
    ['relay.about.control', relay.controlEndpoint],
    ['relay.about.admin', relay.addresses.admin],
    ['relay.fixedIp', relay.fixedIp],
  ] as const;
  return (
    <Section title={t('relay.about.title')}>
      <Surface>
        <div className={shared.padded}>
          <Facts>
            <Fact label={t('relay.about.name')}>{relay.name}</Fact>
            <Fact label={t('settings.version')}>{version}</Fact>
            {facts.map(([key, value]) => (
              <Fact key={key} label={t(key)}>
                {value === null ? (
                  t('relay.about.unknownIp')
                ) : (
                  <CopyValue value={value} label={t('common.copy', { what: t(key) })} />
                )}
              </Fact>
            ))}
            <Fact label={t('relay.about.ca')}>
              <CopyValue
                value={relay.caFingerprint}
                label={t('certificates.copyFingerprint')}
                keep={{ head: 12, tail: 8 }}
              />
            </Fact>
            <Fact label={t('relay.about.started')}>{formatAbsolute(relay.startedAt, locale)}</Fact>
          </Facts>
        </div>
      </Surface>
    </Section>
  );
}
