import { AppError } from '../../../common/errors/app-error.ts';
import { tcpDialer } from './dial.ts';
import type { DeviceIdentity } from './identity.ts';
import type { Link } from './link-types.ts';
import type { LinkWay, TunnelClientOptions } from './types.ts';

/** How the relay is to be reached, and whether the connections that there are were made so. */
export interface WayKeeper {
  readonly get: () => LinkWay;
  readonly set: (way: LinkWay) => void;
  /** Whether a link shows another certificate than this identity's, or was made in another way. */
  readonly isStale: (link: Link | null, identity: DeviceIdentity | null) => boolean;
  /** {@link Link.refresh} in the present way. Throws what that throws, and notes it. */
  readonly refresh: (
    link: Link,
    identity: DeviceIdentity,
    handover: Parameters<Link['refresh']>[2],
  ) => Promise<void>;
  /** What kept the last refresh from being made; null after one that was, and after {@link set}. */
  readonly pending: () => AppError | null;
  /** A link was registered: whatever was pending is done. */
  readonly settle: () => void;
}

export function keepWay(options: TunnelClientOptions): WayKeeper {
  let pending: AppError | null = null;
  let way: LinkWay = {
    transport: options.transport ?? 'h2',
    dialer: options.dialer ?? tcpDialer,
    heartbeatMs: options.heartbeatMs,
    compression: options.compression ?? false,
  };
  return {
    get: () => way,
    set: (next) => {
      way = next;
      pending = null;
    },
    isStale: (link, identity) =>
      link !== null &&
      identity !== null &&
      (link.way() !== way || link.identity().certificate !== identity.certificate),
    refresh: (link, identity, handover) =>
      link.refresh(identity, way, handover).catch((thrown: unknown) => {
        pending = thrown instanceof AppError ? thrown : new AppError('INTERNAL');
        throw thrown;
      }),
    pending: () => pending,
    settle: () => {
      pending = null;
    },
  };
}
