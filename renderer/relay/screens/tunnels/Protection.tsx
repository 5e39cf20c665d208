import type { ReactElement } from 'react';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { Gates } from './Gates.tsx';
import { Hold } from './Hold.tsx';
import { Limits } from './Limits.tsx';
import { RecoverySetting } from './RecoverySetting.tsx';
import styles from './tunnels.module.css';

/** What the relay checks, bounds and keeps before anything enters the tunnel. */
export function Protection({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  return (
    <div className={styles.stack}>
      <Gates tunnel={tunnel} />
      <Limits tunnel={tunnel} />
      <Hold tunnel={tunnel} />
      <RecoverySetting tunnel={tunnel} />
    </div>
  );
}
