import type { TunnelView } from '../../common/domain/tunnel.ts';
import { tunnelTone } from '../../common/domain/tunnel.ts';
import type { Translate } from '../../common/i18n/translate.ts';

/** The state of the tunnel in one or two words, as pill and window title say it. */
export function tunnelWords(
  { state, request }: Pick<TunnelView, 'state' | 'request'>,
  t: Translate,
): string {
  if (state.phase === 'unenrolled' && request !== undefined) return t('app.state.asked');
  if (state.phase === 'online') {
    return tunnelTone(state) === 'ok' ? t('app.state.online') : t('app.state.degraded');
  }
  return t(`app.state.${state.phase}`);
}
