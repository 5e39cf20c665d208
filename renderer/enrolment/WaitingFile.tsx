import { useState, type ReactElement } from 'react';
import type { EnrolmentRequest } from '../../common/domain/tunnel.ts';
import { useCan, useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  CopyValue,
  ErrorText,
  Pill,
  RelativeTime,
} from '../components/index.ts';
import { DownloadIcon } from '../icons/index.tsx';
import { Pickup } from './Pickup.tsx';
import { authFileName, useAuthFile } from './useAuthFile.ts';
import styles from './enrolment.module.css';

/** An auth file on its way: what to do with it, where, and what happens then. */
export function WaitingFile({ request }: { request: EnrolmentRequest }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const file = useAuthFile();
  const [discarding, setDiscarding] = useState(false);
  const isRefused = request.error?.code === 'ENROLMENT_REFUSED';
  return (
    <div className={styles.body}>
      <p className={styles.state}>
        <Pill tone={isRefused ? 'bad' : 'busy'}>
          {t(isRefused ? 'enrol.file.refused' : 'enrol.file.waiting')}
        </Pill>
        <span className={styles.mono}>{authFileName(request.fingerprint)}</span>
        <span className={styles.muted}>
          {t('enrol.file.made')} <RelativeTime at={request.createdAt} />
        </span>
      </p>
      {isRefused ? (
        <ErrorText error={request.error} quiet />
      ) : (
        <ol className={styles.todo}>
          <li>
            <p>{t('enrol.file.save.text')}</p>
            {canManage && (
              <div className={styles.actions}>
                <Button onPress={file.save}>
                  <DownloadIcon />
                  {t('enrol.file.save')}
                </Button>
                <Button variant="quiet" onPress={file.copy}>
                  {t('enrol.file.copy')}
                </Button>
              </div>
            )}
          </li>
          <li>
            <p>
              {request.endpoint === null
                ? t('enrol.file.upload.somewhere')
                : t('enrol.file.upload.at', { relay: request.endpoint })}
            </p>
            <CopyValue
              value={request.fingerprint}
              label={t('enrol.file.copyFingerprint')}
              keep={{ head: 16, tail: 16 }}
            />
          </li>
          <li>
            <Pickup request={request} onAsk={file.ask} />
          </li>
        </ol>
      )}
      {canManage && (
        <div className={isRefused ? styles.actions : styles.foot}>
          {isRefused && (
            <Button variant="primary" onPress={file.ask}>
              {t('enrol.file.again')}
            </Button>
          )}
          <Button variant="quiet" onPress={() => setDiscarding(true)}>
            {t('enrol.file.discard')}
          </Button>
        </div>
      )}
      <ConfirmDialog
        title={t('enrol.file.discard.question')}
        confirm={t('enrol.file.discard.confirm')}
        isOpen={discarding}
        onClose={() => setDiscarding(false)}
        onConfirm={() => client.call('tunnel.cancelRequest')}
      >
        <p>{t('enrol.file.discard.ends')}</p>
      </ConfirmDialog>
    </div>
  );
}
