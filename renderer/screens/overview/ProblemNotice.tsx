import type { ReactElement } from 'react';
import type { MessageKey } from '../../../common/i18n/bundle.ts';
import type { Translate, TranslateParams } from '../../../common/i18n/translate.ts';
import { useNow } from '../../app/clock.tsx';
import { useCan } from '../../app/console.tsx';
import { formatCountdown } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { useConnect } from '../../app/useConnect.ts';
import {
  Button,
  CopyAction,
  CopyButton,
  cx,
  errorWords,
  RelativeTime,
  StatusShape,
} from '../../components/index.ts';
import type { Problem, Remedy } from './problem.ts';
import styles from './overview.module.css';

/** What is wrong, what to do, and the button that does it. */
export function ProblemNotice({ problem }: { problem: Problem }): ReactElement {
  const t = useTranslate();
  const { what, remedy, code } = wordsOf(problem, t);
  return (
    <section className={cx(styles.notice, styles[problem.tone])} aria-label={t('overview.notice')}>
      <StatusShape tone={problem.tone} size={14} />
      <div className={styles.noticeText} aria-live="polite">
        <p className={styles.noticeWhat}>{what}</p>
        <p className={styles.noticeDo}>{remedy}</p>
        <p className={styles.noticeFoot}>
          {problem.about !== undefined && (
            <span>
              {t('overview.about', { bot: problem.about.bot })}
              {' · '}
              <RelativeTime at={problem.about.since} />
            </span>
          )}
          {problem.retryAt !== null && <NextTry at={problem.retryAt} />}
          {code !== null && <CopyButton value={code} label={t('common.copyCode')} text={code} />}
        </p>
      </div>
      <div className={styles.noticeActions}>
        {problem.remedies.map((remedy, index) => (
          <RemedyButton
            key={remedy.act === 'open' ? remedy.screen : remedy.act}
            remedy={remedy}
            isMain={index === 0}
            isOff={problem.tone === 'idle'}
          />
        ))}
      </div>
    </section>
  );
}

function RemedyButton(props: {
  remedy: Remedy;
  isMain: boolean;
  isOff: boolean;
}): ReactElement | null {
  const { remedy, isMain, isOff } = props;
  const t = useTranslate();
  const canManage = useCan('manage');
  const { connect } = useConnect();
  const variant = isMain ? 'primary' : 'secondary';
  if (remedy.act === 'connect') {
    if (!canManage) return null;
    return (
      <Button variant={variant} onPress={connect}>
        {t(isOff ? 'app.connect' : 'overview.do.tryNow')}
      </Button>
    );
  }
  if (remedy.act === 'copy') return <CopyAction value={remedy.value} label={t(remedy.words)} />;
  return (
    <Button variant={variant} onPress={() => navigate(remedy.screen, remedy.param ?? null)}>
      {t(remedy.words)}
    </Button>
  );
}

function NextTry({ at }: { at: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  return <span>{t('overview.nextTry', { time: formatCountdown(at - now, locale) })}</span>;
}

function wordsOf(
  problem: Problem,
  t: Translate,
): { what: string; remedy: string; code: string | null } {
  const { words } = problem;
  if ('error' in words) return errorWords(words.error, t);
  const params = translated(words.params, t);
  return { what: t(words.title, params), remedy: t(words.text, params), code: null };
}

/** A parameter that is itself a key, as the role of a certificate or what is wrong with a file, is put into words first. */
function translated(params: TranslateParams, t: Translate): TranslateParams {
  const inWords = ['role', 'problem'].flatMap((name) => {
    const key = params[name];
    return typeof key === 'string' ? [[name, t(key as MessageKey, params)] as const] : [];
  });
  return { ...params, ...Object.fromEntries(inWords) };
}
