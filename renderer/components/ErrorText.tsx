import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { toErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import { isErrorCode } from '../../common/errors/codes.ts';
import type { MessageKey } from '../../common/i18n/bundle.ts';
import type { Translate } from '../../common/i18n/translate.ts';
import { CopyButton } from './Copy.tsx';
import { StatusShape } from './StatusShape.tsx';
import styles from './ErrorText.module.css';

/** Words for an error: what happened, and what to do about it. Anything that is not an `AppError` reads as `INTERNAL`. */
export function errorWords(
  error: unknown,
  t: Translate,
): { code: string; what: string; remedy: string } {
  const { code, params } = isErrorInfo(error) ? error : toErrorInfo(error);
  return {
    code,
    what: t(`errors.${code}.what` as MessageKey, params),
    remedy: t(`errors.${code}.do` as MessageKey, params),
  };
}

/** An error in words, its code small behind them. Takes an `AppError`, an `ErrorInfo`, or whatever was thrown. */
export function ErrorText({
  error,
  quiet = false,
  tone = 'bad',
}: {
  error: unknown;
  quiet?: boolean;
  /** `warn` where the rest goes on without what failed. */
  tone?: 'bad' | 'warn';
}): ReactElement {
  const t = useTranslate();
  const { code, what, remedy } = errorWords(error, t);
  return (
    <div className={styles.error} role={quiet ? undefined : 'alert'}>
      <StatusShape tone={tone} />
      <span className={styles.what}>{what}</span>
      <span className={styles.do}>{remedy}</span>
      <span className={styles.code}>
        <CopyButton value={code} label={t('common.copyCode')} text={code} />
      </span>
    </div>
  );
}

function isErrorInfo(value: unknown): value is ErrorInfo {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  return 'code' in value && isErrorCode(value.code) && 'params' in value;
}
