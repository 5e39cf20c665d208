import { useState, type ReactElement } from 'react';
import type { TokenView, TunnelConfig } from '../../../../common/domain/relay/views.ts';
import type { Tone } from '../../../../common/domain/tunnel.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { useNow } from '../../../app/clock.tsx';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  Pill,
  RelativeTime,
  Section,
  Table,
  useToasts,
  type TableColumn,
} from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import shared from '../../relay.module.css';

/** Characters by which a token is told from others. */
const ID_SHOWN = 8;

type TokenState = 'open' | 'used' | 'revoked' | 'expired';
const tones: Readonly<Record<TokenState, Tone>> = {
  open: 'busy',
  used: 'ok',
  revoked: 'idle',
  expired: 'idle',
};

/** The enrolment tokens of a tunnel; the tokens themselves were shown once. */
export function Tokens({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  const toasts = useToasts();
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  const now = useNow(30_000);
  const hostOf = (id: string | null): string =>
    tunnel.devices.find((device) => device.id === id)?.hostname ?? '';
  const columns = columnsOf({ t, now, hostOf, revoke: setRevoking });
  return (
    <Section title={t('relay.tokens.title')}>
      {tunnel.tokens.length === 0 ? (
        <p className={shared.small}>{t('relay.tokens.empty')}</p>
      ) : (
        <Table
          label={t('relay.tokens.title')}
          columns={columns}
          rows={tunnel.tokens}
          dependencies={[now, locale, tunnel]}
        />
      )}
      <ConfirmDialog
        title={t('relay.token.revoke.title', { token: revoking?.id.slice(0, ID_SHOWN) ?? '' })}
        confirm={t('relay.token.revoke')}
        isOpen={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={async () => {
          if (revoking === null) return;
          await client.call('tokens.revoke', { id: revoking.id });
          toasts.done(t('relay.token.revoked'));
        }}
      >
        <p>{t('relay.token.revoke.ends')}</p>
      </ConfirmDialog>
    </Section>
  );
}

function stateOf({ usedAt, revokedAt, expiresAt }: TokenView, now: number): TokenState {
  if (usedAt !== null) return 'used';
  if (revokedAt !== null) return 'revoked';
  return expiresAt <= now ? 'expired' : 'open';
}

interface ColumnParts {
  readonly t: Translate;
  readonly now: number;
  readonly hostOf: (device: string | null) => string;
  readonly revoke: (token: TokenView) => void;
}

function columnsOf({ t, now, hostOf, revoke }: ColumnParts): TableColumn<TokenView>[] {
  return [
    {
      id: 'token',
      label: t('relay.token.id'),
      cell: ({ id }) => <span className={shared.mono}>{id.slice(0, ID_SHOWN)}</span>,
    },
    {
      id: 'created',
      label: t('relay.token.created'),
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
    {
      id: 'expires',
      label: t('relay.token.expires'),
      cell: ({ expiresAt }) => <RelativeTime at={expiresAt} />,
    },
    {
      id: 'state',
      label: t('relay.token.state'),
      cell: (token) => {
        const state = stateOf(token, now);
        return (
          <span className={shared.state}>
            <Pill tone={tones[state]}>{t(`relay.token.state.${state}`)}</Pill>
            {state === 'used' && hostOf(token.device)}
          </span>
        );
      },
    },
    {
      id: 'actions',
      label: t('relay.actions'),
      align: 'end',
      cell: (token) =>
        stateOf(token, now) === 'open' && (
          <Button size="small" onPress={() => revoke(token)}>
            {t('relay.token.revoke.open')}
          </Button>
        ),
    },
  ];
}
