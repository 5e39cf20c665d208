import type { ReactElement, ReactNode } from 'react';
import type { AuthRequestView } from '../../../../common/domain/relay/views.ts';
import type { Tone } from '../../../../common/domain/tunnel.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { Pill } from '../../../components/index.ts';
import shared from '../../relay.module.css';

/** Where a request stands that somebody has to decide; a recovery stands in the same places. */
export type DecisionState = AuthRequestView['state'];

const tones: Readonly<Record<DecisionState, Tone>> = {
  pending: 'busy',
  approved: 'warn',
  collected: 'ok',
  refused: 'idle',
};

/** What became of a request, and whom or what that concerns. */
export function Decision(props: { state: DecisionState; children: ReactNode }): ReactElement {
  const t = useTranslate();
  return (
    <span className={shared.state}>
      <Pill tone={tones[props.state]}>{t(`relay.auth.state.${props.state}`)}</Pill>
      {props.children}
    </span>
  );
}
