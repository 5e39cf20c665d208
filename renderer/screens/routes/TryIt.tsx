import { useState, type ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { Route } from '../../../common/domain/route.ts';
import { cx, Select, StatusShape, TextArea, TextField } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { routeName } from './match-words.ts';
import { messageTypes } from './message-types.ts';
import styles from './try.module.css';
import { emptySample, tryRoutes, type Sample, type Trial } from './sample.ts';

interface TryItProps {
  /** In the order in which they are tried; what is in a form stands among them as it is typed. */
  readonly routes: readonly Route[];
  /** The fields stand above each other, for a narrow column. */
  readonly narrow?: boolean;
}

/** A message that is made up, and which route would take it: nothing is sent. */
export function TryIt({ routes, narrow = false }: TryItProps): ReactElement {
  const t = useTranslate();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const receiving = bots.filter(({ callbackPath }) => callbackPath !== null);
  const [sample, setSample] = useState<Sample>(() => emptySample(receiving));
  const set = (part: Partial<Sample>): void => setSample((old) => ({ ...old, ...part }));
  const isEvent = sample.type === 'event';
  return (
    <div className={cx(styles.try, narrow && styles.narrow)}>
      <div className={styles.tryFields}>
        <div className={frame.pair}>
          <Select
            label={t('routes.bot')}
            options={receiving.map(({ id, name }) => ({
              value: id,
              label: name === '' ? id : name,
            }))}
            value={sample.bot === '' ? null : sample.bot}
            onChange={(bot) => set({ bot })}
          />
          <Select
            label={t('routes.type')}
            options={messageTypes.map((type) => ({ value: type, label: type }))}
            value={sample.type}
            onChange={(type) => set({ type })}
          />
        </div>
        {isEvent ? (
          <TextField
            label={t('routes.event')}
            mono
            value={sample.event}
            onChange={(event) => set({ event })}
            placeholder="enter_agent"
          />
        ) : (
          <TextArea
            label={t('routes.try.text')}
            rows={2}
            value={sample.text}
            onChange={(text) => set({ text })}
          />
        )}
        <div className={frame.pair}>
          <TextField
            label={t('routes.sender')}
            mono
            value={sample.sender}
            onChange={(sender) => set({ sender })}
          />
          <TextField
            label={t('routes.chat')}
            {...(!narrow && { optional: t('common.optional') })}
            mono
            value={sample.chat}
            onChange={(chat) => set({ chat })}
          />
        </div>
      </div>
      <Verdict trial={tryRoutes(sample, routes, bots)} />
    </div>
  );
}

function Verdict({ trial }: { trial: Trial | null }): ReactElement {
  const t = useTranslate();
  if (trial === null) return <p className={frame.quiet}>{t('routes.try.pattern')}</p>;
  const { steps, taken, targets } = trial;
  return (
    <div className={styles.verdict}>
      <p className={styles.verdictWords} role="status">
        <StatusShape tone={targets.length === 0 ? 'idle' : 'ok'} />
        <span>
          {taken === null
            ? t('routes.try.none')
            : t('routes.try.taken', { route: routeName(taken) })}
          <span className={styles.verdictThen}>
            {targets.length === 0
              ? t('routes.try.inbox')
              : t('routes.try.to', { targets: targets.join(', ') })}
          </span>
        </span>
      </p>
      {steps.length > 0 && (
        <ol className={styles.steps} aria-label={t('routes.try.steps')}>
          {steps.map(({ route, said }) => (
            <li key={route.id} className={cx(styles.step, said === 'takes' && styles.takes)}>
              <span className={styles.stepName}>{routeName(route)}</span>
              <span className={styles.stepSaid}>{t(`routes.said.${said}`)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
