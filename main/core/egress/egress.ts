import { Agent, Dispatcher } from 'undici';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Egress } from '../../../gateway/index.ts';

export interface CoreEgressOptions {
  /** The way through the relay. */
  readonly relay: Egress;
  /** Whether this device belongs to a relay: then nothing may leave by another address than the relay's. */
  readonly enrolled: () => boolean;
  readonly online: () => boolean;
  /** Whether every webhook is on this machine, as in practice mode. */
  readonly loopbackOnly: boolean;
}

/** The core's way out; it owns the connections that do not go through the relay. */
export interface CoreEgress {
  readonly egress: Egress;
  close(): Promise<void>;
}

/**
 * Through the relay once the device is enrolled, whatever its state: WeCom trusts the relay's address only, so a message that
 * cannot go that way fails with `TUNNEL_OFFLINE` instead of being refused by WeCom. Direct before enrolment. Addresses on this
 * machine are always reached directly.
 */
export function createCoreEgress({
  relay,
  enrolled,
  online,
  loopbackOnly,
}: CoreEgressOptions): CoreEgress {
  const direct = new Agent();
  const viaRelay = (): boolean => enrolled() && !loopbackOnly;
  const dispatcher = new RoutingDispatcher((options) => {
    if (!viaRelay() || isLoopback(options.origin)) return direct;
    if (!online()) throw new AppError('TUNNEL_OFFLINE');
    return relay.dispatcher();
  });
  return {
    egress: {
      get via() {
        return viaRelay() ? 'relay' : 'direct';
      },
      ip: () => (viaRelay() ? relay.ip() : null),
      dispatcher: () => dispatcher,
    },
    close: () => direct.destroy(),
  };
}

/** Chooses the dispatcher of each request by its origin. */
class RoutingDispatcher extends Dispatcher {
  readonly #choose: (options: Dispatcher.DispatchOptions) => Dispatcher;

  constructor(choose: (options: Dispatcher.DispatchOptions) => Dispatcher) {
    super();
    this.#choose = choose;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    return this.#choose(options).dispatch(options, handler);
  }
}

function isLoopback(origin: string | URL | undefined): boolean {
  if (origin === undefined) return false;
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
