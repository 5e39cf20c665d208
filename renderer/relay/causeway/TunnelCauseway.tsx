import type { ReactElement } from 'react';
import type { TunnelConfig } from '../../../common/domain/relay/views.ts';
import { useNow } from '../../app/clock.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { Causeway } from '../../causeway/Causeway.tsx';
import { useSnapshot } from '../console.tsx';
import { tunnelCauseway } from './view.ts';

/** The causeway of one tunnel, from WeCom to its gateway. */
export function TunnelCauseway({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(60_000);
  const live = useSnapshot((snapshot) => snapshot.live);
  const certificates = useSnapshot((snapshot) => snapshot.certificates);
  return <Causeway view={tunnelCauseway({ tunnel, live, certificates }, now, { t, locale })} />;
}
