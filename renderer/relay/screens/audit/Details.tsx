import type { ReactElement } from 'react';
import type { AuditRow } from '../../../../common/domain/relay/views.ts';
import { formatAbsolute } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { Button, CopyValue, Dialog, Fact, Facts } from '../../../components/index.ts';
import { auditAction } from './actions.ts';
import styles from './audit.module.css';

/** One row of the log, whole. */
export function Details(props: { row: AuditRow | null; onClose: () => void }): ReactElement {
  const { row, onClose } = props;
  const t = useTranslate();
  const locale = useLocale();
  return (
    <Dialog
      title={row === null ? '' : auditAction(row.action, t)}
      isOpen={row !== null}
      onClose={onClose}
      wide
      actions={<Button onPress={onClose}>{t('common.close')}</Button>}
    >
      {row !== null && (
        <>
          <Facts>
            <Fact label={t('relay.audit.time')}>{formatAbsolute(row.at, locale)}</Fact>
            <Fact label={t('relay.audit.actor')}>
              {row.actor}
              {row.address === null ? '' : ` · ${row.address}`}
            </Fact>
            <Fact label={t('relay.audit.subject')}>{row.subject}</Fact>
            <Fact label={t('relay.audit.hash')}>
              <CopyValue
                value={row.hash}
                label={t('relay.audit.copyHash')}
                keep={{ head: 12, tail: 8 }}
              />
            </Fact>
          </Facts>
          {Object.keys(row.details).length > 0 && (
            // Focusable, so that the keyboard can scroll it.
            <pre className={styles.json} role="region" aria-label={t('relay.audit.details')}>
              {JSON.stringify(row.details, null, 2)}
            </pre>
          )}
        </>
      )}
    </Dialog>
  );
}
