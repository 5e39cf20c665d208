import { useRef, useState, type ReactElement } from 'react';
import { MAX_AUTH_FILE } from '../../../../common/tunnel/auth-file.ts';
import { AppError } from '../../../../common/errors/app-error.ts';
import type { AuthRequestView } from '../../../../common/domain/relay/views.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { saveText } from '../../../app/save-text.ts';
import {
  Button,
  ConfirmDialog,
  CopyValue,
  EmptyState,
  RelativeTime,
  Section,
  Table,
  useToasts,
  type TableColumn,
} from '../../../components/index.ts';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { ApproveAuthFile } from './ApproveAuthFile.tsx';
import { Decision } from './Decision.tsx';

/** Enrolment without a token: auth files that devices wrote and somebody carries here. */
export function AuthFiles(): ReactElement {
  const t = useTranslate();
  const requests = useSnapshot((snapshot) => snapshot.authRequests);
  const [approving, setApproving] = useState<AuthRequestView | null>(null);
  const columns = columnsOf({ t, approve: setApproving });
  return (
    <Section title={t('relay.auth.title')} action={<Upload />}>
      {requests.length === 0 ? (
        <p className={shared.small}>{t('relay.auth.empty')}</p>
      ) : (
        <Table
          label={t('relay.auth.title')}
          columns={columns}
          rows={requests.map((request) => ({ ...request, id: request.fingerprint }))}
          empty={<EmptyState title={t('relay.auth.title')} text={t('relay.auth.empty')} />}
        />
      )}
      <ApproveAuthFile request={approving} onClose={() => setApproving(null)} />
    </Section>
  );
}

function RowActions(props: { request: AuthRequestView; onApprove: () => void }): ReactElement {
  const { fingerprint, state, device, tunnel } = props.request;
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const [refusing, setRefusing] = useState(false);
  const saveAnswer = async (): Promise<void> => {
    try {
      const answer = await client.call('authFiles.answer', { fingerprint });
      saveText(`${device.hostname}.causeway.json`, JSON.stringify(answer, null, 2));
    } catch (error) {
      toasts.failed(error);
    }
  };
  if (state === 'pending') {
    return (
      <span className={shared.actions}>
        <Button size="small" onPress={() => setRefusing(true)}>
          {t('relay.auth.refuse.open')}
        </Button>
        <Button size="small" variant="primary" onPress={props.onApprove}>
          {t('relay.auth.approve')}
        </Button>
        <ConfirmDialog
          title={t('relay.auth.refuse.title', { device: device.hostname })}
          confirm={t('relay.auth.refuse')}
          isOpen={refusing}
          onClose={() => setRefusing(false)}
          onConfirm={async () => {
            await client.call('authFiles.refuse', { fingerprint });
            toasts.done(t('relay.auth.refused'));
          }}
        >
          <p>{t('relay.auth.refuse.ends')}</p>
        </ConfirmDialog>
      </span>
    );
  }
  if (state === 'refused' || tunnel === null) return <></>;
  return (
    <Button size="small" variant="quiet" onPress={() => void saveAnswer()}>
      {t('relay.auth.save')}
    </Button>
  );
}

/** Opens a file of the operator's machine and hands its text to the relay. */
function Upload(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const input = useRef<HTMLInputElement>(null);
  const upload = async (file: File): Promise<void> => {
    try {
      if (file.size > MAX_AUTH_FILE) throw new AppError('TOO_LARGE', { limit: MAX_AUTH_FILE });
      await client.call('authFiles.upload', { text: await file.text() });
      toasts.done(t('relay.auth.uploadedDone', { file: file.name }));
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={t('relay.auth.upload')}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file !== undefined) void upload(file);
        }}
      />
      <Button size="small" onPress={() => input.current?.click()}>
        {t('relay.auth.upload')}
      </Button>
    </>
  );
}

interface ColumnWords {
  readonly t: Translate;
  readonly approve: (request: AuthRequestView) => void;
}

function columnsOf({ t, approve }: ColumnWords): TableColumn<AuthRequestView & { id: string }>[] {
  return [
    {
      id: 'device',
      label: t('relay.auth.device'),
      cell: ({ device }) => (
        <span title={`${device.platform} · ${device.version}`}>{device.hostname}</span>
      ),
    },
    {
      id: 'fingerprint',
      label: t('relay.auth.fingerprint'),
      cell: ({ fingerprint }) => (
        <CopyValue
          value={fingerprint}
          label={t('relay.auth.copyFingerprint')}
          keep={{ head: 8, tail: 8 }}
        />
      ),
    },
    {
      id: 'uploaded',
      label: t('relay.auth.uploaded'),
      cell: ({ uploadedAt, uploadedBy }) => (
        <span className={shared.muted}>
          <RelativeTime at={uploadedAt} /> · {uploadedBy}
        </span>
      ),
    },
    {
      id: 'state',
      label: t('relay.auth.state'),
      cell: ({ state, tunnel }) => <Decision state={state}>{tunnel}</Decision>,
    },
    {
      id: 'actions',
      label: t('relay.actions'),
      align: 'end',
      cell: (request) => <RowActions request={request} onApprove={() => approve(request)} />,
    },
  ];
}
