import type { ReactElement } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useSnapshot } from '../../app/console.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { targetTone } from '../../app/target-condition.ts';
import type { RouteView } from '../../../common/domain/route.ts';
import { cx, LockMark, StatusShape, Switch } from '../../components/index.ts';
import { GripIcon } from '../../icons/index.tsx';
import frame from '../../components/Editor.module.css';
import { matchWords, routeName } from './match-words.ts';
import styles from './routes.module.css';

interface RouteRowProps {
  readonly route: RouteView;
  /** From 1. */
  readonly place: number;
  readonly mayChange: boolean;
  readonly onToggle: (enabled: boolean) => void;
}

/** What a route matches, where it leads, and whether it is on. */
export function RouteRow({ route, place, mayChange, onToggle }: RouteRowProps): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const conditions = matchWords(route.match, bots, { t, locale });
  const name = routeName(route);
  return (
    <div className={cx(styles.row, !route.enabled && styles.off)}>
      <AriaButton
        slot="drag"
        className={cx(styles.grip)}
        isDisabled={!mayChange || route.lockedBy !== null}
        aria-label={t('routes.move', { name })}
      >
        <GripIcon />
      </AriaButton>
      <span className={styles.place}>{place}</span>
      <div className={styles.what}>
        <p className={styles.rowName}>
          <span className={styles.nameText}>{name}</span>
          {route.name !== '' && <span className={styles.id}>{route.id}</span>}
          {route.lockedBy !== null && <LockMark source={route.lockedBy} />}
        </p>
        <p className={styles.conditions}>
          {conditions.length === 0
            ? t('routes.match.all')
            : conditions.map(({ part, text }) => (
                <span key={part} className={styles.condition}>
                  {text}
                </span>
              ))}
        </p>
      </div>
      <Leads route={route} />
      <Switch
        label={t('routes.on', { name })}
        hideLabel
        value={route.enabled}
        isDisabled={!mayChange || route.lockedBy !== null}
        onChange={onToggle}
      />
    </div>
  );
}

function Leads({ route }: { route: RouteView }): ReactElement {
  const t = useTranslate();
  const targets = useSnapshot((snapshot) => snapshot.targets);
  if (route.targets.length === 0) {
    return (
      <div className={styles.leads}>
        <span className={styles.lead}>
          <StatusShape tone="idle" size={10} />
          {t('routes.inboxOnly')}
        </span>
      </div>
    );
  }
  return (
    <div className={styles.leads}>
      {route.targets.map(({ id, weight, priority }) => {
        const target = targets.find((each) => each.id === id);
        const shares = weight ?? target?.weight ?? 1;
        const standsBy = (priority ?? target?.priority ?? 0) > 0;
        return (
          <span key={id} className={styles.lead}>
            <StatusShape tone={target === undefined ? 'bad' : targetTone(target)} size={10} />
            {id}
            {standsBy ? (
              <span className={frame.quiet}>{t('routes.standby')}</span>
            ) : (
              route.targets.length > 1 &&
              shares > 1 && <span className={frame.quiet}>{t('routes.times', { shares })}</span>
            )}
          </span>
        );
      })}
      {route.targets.length > 1 && (
        <span className={styles.balance}>{t(`routes.balance.${route.balance}`)}</span>
      )}
    </div>
  );
}
