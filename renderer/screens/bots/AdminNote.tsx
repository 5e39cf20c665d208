import type { ReactElement, ReactNode } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { SecretView } from '../../../common/domain/secret.ts';
import type { BotView } from '../../../common/domain/bot.ts';
import { CopyValue, EditorAside, PageLink } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { callbackAddress } from './address.ts';
import type { BotForm } from './form.ts';
import styles from './bots.module.css';

interface AdminNoteProps {
  readonly form: BotForm;
  readonly stored: BotView | null;
}

/** What to enter where in WeCom's admin console, with everything that has to be copied there. */
export function AdminNote({ form, stored }: AdminNoteProps): ReactElement {
  const t = useTranslate();
  const publicUrl = useSnapshot((snapshot) => snapshot.tunnel.publicUrls[0] ?? null);
  const fixedIp = useSnapshot((snapshot) => snapshot.tunnel.relay?.fixedIp ?? null);
  const address = form.id === '' ? null : callbackAddress(publicUrl, `/wecom/callback/${form.id}`);
  const url = (
    <Entry name="URL">
      {address === null ? (
        <span className={frame.quiet}>
          {t(publicUrl === null ? 'bots.note.noUrl' : 'bots.note.noId')}
        </span>
      ) : (
        <CopyValue value={address} label={t('bots.copyCallback')} keep={{ head: 10, tail: 16 }} />
      )}
    </Entry>
  );
  const token = <Secret name="Token" value={form.token} stored={stored?.token} />;
  const key = (
    <Secret name="EncodingAESKey" value={form.encodingAesKey} stored={stored?.encodingAesKey} />
  );
  return (
    <EditorAside title={t(`bots.note.${form.kind}`)}>
      <ol className={styles.steps}>
        {(form.kind === 'app' || form.kind === 'aibot') && <li>{t('bots.note.saveFirst')}</li>}
        <li>
          {t(`bots.note.${form.kind}.where`)}
          {form.kind !== 'robot' && (
            <dl className={styles.entries}>
              {url}
              {token}
              {form.kind !== 'sealed' && key}
            </dl>
          )}
        </li>
        {form.kind === 'app' && (
          <li>
            {t('bots.note.trustedIp')}
            <dl className={styles.entries}>
              <Entry name="IP">
                {fixedIp === null ? (
                  <span className={frame.quiet}>{t('bots.note.noIp')}</span>
                ) : (
                  <CopyValue value={fixedIp} label={t('bots.copyIp')} />
                )}
              </Entry>
            </dl>
          </li>
        )}
        <li>
          {t(`bots.note.${form.kind}.then`)}
          {stored !== null && mayTest(stored) && (
            <p>
              <PageLink screen="send" param={stored.id}>
                {t('bots.test')}
              </PageLink>
            </p>
          )}
        </li>
      </ol>
    </EditorAside>
  );
}

/** Whether a message can be sent at once to see that all is right. */
function mayTest(bot: BotView): boolean {
  if (bot.kind === 'sealed') return bot.webhook.set && bot.encodingAesKey.set;
  return bot.kind === 'robot' && bot.webhook.set;
}

function Entry({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** What was typed or generated can be copied while the page is open; what is stored is never shown again. */
function Secret(props: {
  name: string;
  value: string;
  stored: SecretView | undefined;
}): ReactElement {
  const { name, value, stored } = props;
  const t = useTranslate();
  return (
    <Entry name={name}>
      {value !== '' ? (
        <CopyValue
          value={value}
          label={t('common.copyWhat', { what: name })}
          keep={{ head: 6, tail: 4 }}
        />
      ) : (
        <span className={frame.quiet}>
          {stored?.set === true
            ? t('bots.note.stored', { hint: stored.hint })
            : t('bots.note.missing')}
        </span>
      )}
    </Entry>
  );
}
