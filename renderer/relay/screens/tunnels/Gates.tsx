import { useState, type ReactElement } from 'react';
import { GatePath, GateToken } from '../../../../common/domain/relay/tunnel-rules.ts';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  ErrorText,
  Section,
  Surface,
  TextField,
  useToasts,
} from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useChange } from '../../useChange.ts';
import styles from './tunnels.module.css';

/** The signature gate: forged callbacks end at the relay. It knows the Token, never the EncodingAESKey. */
export function Gates({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const change = useChange();
  const [path, setPath] = useState('/wecom/callback');
  const [token, setToken] = useState('');
  const [removing, setRemoving] = useState<string | null>(null);
  const isRight = GatePath.safeParse(path).success && GateToken.safeParse(token).success;
  const add = async (): Promise<void> => {
    const work = (): Promise<void> =>
      client.call('gates.set', { tunnel: tunnel.name, path, token });
    if (await change.run(work)) setToken('');
  };
  return (
    <Section title={t('relay.gates.title')}>
      <p className={shared.small}>{t('relay.gates.summary')}</p>
      {tunnel.gates.length > 0 && (
        <Surface>
          <ul className={styles.rows} aria-label={t('relay.gates.title')}>
            {tunnel.gates.map((gate) => (
              <li key={gate.path} className={styles.rowItem}>
                <span className={shared.mono}>{gate.path}</span>
                <span className={styles.secret}>
                  Token {gate.token.set ? gate.token.hint : '–'}
                </span>
                <Button
                  size="small"
                  aria-label={t('relay.gates.remove.what', { path: gate.path })}
                  onPress={() => setRemoving(gate.path)}
                >
                  {t('relay.gates.remove.open')}
                </Button>
              </li>
            ))}
          </ul>
        </Surface>
      )}
      <form
        className={styles.inline}
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) void add();
        }}
      >
        <TextField
          label={t('relay.gates.path')}
          value={path}
          onChange={setPath}
          check={(value) => (GatePath.safeParse(value).success ? null : t('relay.gates.pathWrong'))}
          maxLength={256}
          mono
        />
        <TextField
          label="Token"
          value={token}
          onChange={setToken}
          check={(value) =>
            value === '' || GateToken.safeParse(value).success ? null : t('relay.gates.tokenWrong')
          }
          type="password"
          maxLength={64}
          mono
        />
        <Button type="submit" isDisabled={!isRight} isPending={change.busy}>
          {t('relay.gates.add')}
        </Button>
      </form>
      {change.error !== null && <ErrorText error={change.error} />}
      <ConfirmDialog
        title={t('relay.gates.remove.title', { path: removing ?? '' })}
        confirm={t('relay.gates.remove')}
        isOpen={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={async () => {
          if (removing === null) return;
          await client.call('gates.remove', { tunnel: tunnel.name, path: removing });
          toasts.done(t('relay.gates.removed'));
        }}
      >
        <p>{t('relay.gates.remove.ends')}</p>
      </ConfirmDialog>
    </Section>
  );
}
