import { useState, type ReactElement, type ReactNode } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useSnapshot } from '../../app/console.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Causeway, causewayView } from '../../causeway/index.ts';
import { Button, cx, Page, PageHeader, Spoken, Surface } from '../../components/index.ts';
import { CheckIcon } from '../../icons/index.tsx';
import { ConnectStep } from './ConnectStep.tsx';
import { Finish } from './Finish.tsx';
import { currentStep, steps, type Step } from './steps.ts';
import { JoinStep } from './JoinStep.tsx';
import styles from './enrol.module.css';

/** First run: three steps under the picture, which fills in as each begins to work. */
export default function Enrol(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  const snapshot = useSnapshot((whole) => whole);
  const [skipped, setSkipped] = useState(false);
  const current = currentStep(snapshot, skipped);
  const bodies: Readonly<Record<Step, ReactNode>> = {
    token: <JoinStep />,
    connect: <ConnectStep />,
    bot: <BotStep onSkip={() => setSkipped(true)} />,
  };
  return (
    <Page>
      <PageHeader title={t('enrol.title')} summary={t('enrol.summary')} />
      <Surface>
        <Causeway view={causewayView(snapshot, now, { t, locale })} />
      </Surface>
      {current === 'done' ? <Finish /> : <Steps current={current} bodies={bodies} />}
    </Page>
  );
}

function Steps(props: { current: Step; bodies: Readonly<Record<Step, ReactNode>> }): ReactElement {
  const { current, bodies } = props;
  const t = useTranslate();
  const reached = steps.indexOf(current);
  return (
    <ol className={styles.steps}>
      {steps.map((step, index) => (
        <li
          key={step}
          className={cx(styles.step, index === reached && styles.current)}
          aria-current={index === reached ? 'step' : undefined}
        >
          <span className={cx(styles.number, index < reached && styles.done)}>
            {index < reached ? <CheckIcon size={14} /> : index + 1}
          </span>
          <div>
            <h2>
              {t(`enrol.step.${step}`)}
              {index < reached && <Spoken>{t('enrol.step.done')}</Spoken>}
            </h2>
            {index === reached && bodies[step]}
          </div>
        </li>
      ))}
    </ol>
  );
}

function BotStep({ onSkip }: { onSkip: () => void }): ReactElement {
  const t = useTranslate();
  return (
    <div className={styles.body}>
      <p className={styles.muted}>{t('enrol.bot.text')}</p>
      <div className={styles.actions}>
        <Button variant="primary" onPress={() => navigate('bots')}>
          {t('enrol.bot.add')}
        </Button>
        <Button variant="quiet" onPress={onSkip}>
          {t('enrol.bot.skip')}
        </Button>
      </div>
    </div>
  );
}
