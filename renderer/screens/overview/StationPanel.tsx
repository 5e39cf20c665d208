import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { stationDetail } from '../../causeway/detail.ts';
import type { StationId } from '../../causeway/view.ts';
import { CopyValue, Fact, Facts, IconButton, PageLink } from '../../components/index.ts';
import { CloseIcon } from '../../icons/index.tsx';
import styles from './overview.module.css';

/** The facts behind a station, under the picture. */
export function StationPanel(props: { station: StationId; onClose: () => void }): ReactElement {
  const { station, onClose } = props;
  const t = useTranslate();
  const locale = useLocale();
  const snapshot = useSnapshot((whole) => whole);
  const { facts, screen } = stationDetail(station, snapshot, { t, locale });
  return (
    <section className={styles.panel} aria-label={t(`common.station.${station}`)}>
      <header className={styles.panelHead}>
        <h2>{t(`common.station.${station}`)}</h2>
        <PageLink screen={screen}>{t(`nav.${screen}`)}</PageLink>
        <IconButton
          size="small"
          label={t('common.close')}
          icon={<CloseIcon size={14} />}
          onPress={onClose}
        />
      </header>
      {facts.length === 0 ? (
        <p className={styles.noFacts}>{t('overview.noFacts')}</p>
      ) : (
        <Facts>
          {facts.map((fact) => (
            <Fact key={`${fact.label} ${fact.value}`} label={fact.label}>
              {fact.copy === true ? (
                <CopyValue value={fact.value} label={t('common.copy', { what: fact.label })} />
              ) : (
                fact.value
              )}
            </Fact>
          ))}
        </Facts>
      )}
    </section>
  );
}
