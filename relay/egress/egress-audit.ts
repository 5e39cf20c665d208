import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { createRateLimit } from '../control/rate-limit.ts';
import type { DeviceIdentity } from '../control/identity.ts';
import type { AuditStore } from '../store/audit.ts';
import type { Destination } from './pattern.ts';

/** Notes in the audit log which device has reached what through the relay, and what it was refused. */
export interface EgressAudit {
  readonly note: (
    action: 'egress.open' | 'egress.refuse',
    device: DeviceIdentity,
    destination: Destination,
  ) => void;
}

/** The same again is news after a day: a row for each connection would bury all others. */
const AGAIN_MS = 86_400_000;
/** Rows of one device at once, and then one each so many milliseconds: it may ask for any name it likes. */
const BURST = 20;
const EVERY_MS = 180_000;
const MAX_KNOWN = 10_000;

/** `now` is the wall clock of the rows; what is waited for goes by `monotonic`. */
export function createEgressAudit(
  audit: Pick<AuditStore, 'add'>,
  log: Logger,
  now: () => number,
  monotonic: () => number = () => performance.now(),
): EgressAudit {
  const noted = new Map<string, number>();
  const turns = createRateLimit(BURST, EVERY_MS, monotonic);
  return {
    note: (action, { deviceId, tunnel }, { host, port }) => {
      const destination = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      const key = `${deviceId} ${action} ${destination}`;
      const time = monotonic();
      const before = noted.get(key);
      if (before !== undefined && time - before < AGAIN_MS) return;
      if (turns.take(deviceId) > 0) return;
      noted.delete(key);
      noted.set(key, time);
      const oldest = noted.keys().next();
      if (noted.size > MAX_KNOWN && oldest.done !== true) noted.delete(oldest.value);
      try {
        const actor = { name: deviceId, address: null };
        audit.add({ time: now(), actor, action, subject: tunnel, detail: { destination } });
      } catch (thrown) {
        // A disk that is full keeps nobody from sending.
        log.error({ error: toErrorInfo(thrown), device: deviceId }, 'egress not noted');
      }
    },
  };
}
