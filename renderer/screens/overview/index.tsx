import { useState, type ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useSnapshot } from '../../app/console.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { Causeway, Marks, causewayView, type StationId } from '../../causeway/index.ts';
import { Page, PageHeader, Surface } from '../../components/index.ts';
import { Figures } from './Figures.tsx';
import { PracticeNote } from './PracticeNote.tsx';
import { findProblem } from './problem.ts';
import { ProblemNotice } from './ProblemNotice.tsx';
import { RelayLine } from './RelayLine.tsx';
import { Recent } from './Recent.tsx';
import { StationPanel } from './StationPanel.tsx';

const drawMarks = (places: readonly number[]): ReactElement => <Marks places={places} />;

/** Does it work; if not, where and why; and what passes just now. */
export default function Overview(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  const snapshot = useSnapshot((whole) => whole);
  const [open, setOpen] = useState<StationId | null>(null);
  const problem = findProblem(snapshot, now);
  return (
    <Page>
      <PageHeader title={t('nav.overview')} />
      <Surface>
        <Causeway
          view={causewayView(snapshot, now, { t, locale })}
          open={open}
          onOpen={setOpen}
          marks={drawMarks}
        />
        <RelayLine />
        {open !== null && <StationPanel station={open} onClose={() => setOpen(null)} />}
      </Surface>
      {problem !== null && <ProblemNotice problem={problem} />}
      <PracticeNote />
      <Figures />
      <Recent />
    </Page>
  );
}
