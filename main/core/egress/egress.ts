import { Agent, Dispatcher } from 'undici';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Egress } from '../../../gateway/index.ts';

export interface CoreEgressOptions {
  /** The way through the relay. */
  readonly relay: Egress;
  /** Whether this device belongs to a relay: then nothing may leave by another address than the relay's. */
  readonly enrolled: () => boolean;
  readonly online: () => boolean;
}

/** The core's way out; it owns the connections that do not go through the relay. */
export interface CoreEgress {
  readonly egress: Egress;
  close(): Promise<void>;
}

/**
 * Through the relay once the device is enrolled, whatever its state: WeCom trusts the relay's address only, so a message that
 * cannot go that way fails with `TUNNEL_OFFLINE` instead of being refused by WeCom. Direct before enrolment. A bot may insist on
 * one way: on the relay's, it fails with the same code where there is none.
 */
export function createCoreEgress({ relay, enrolled, online }: CoreEgressOptions): CoreEgress {
  const direct = new Agent();
  const throughRelay = (): Dispatcher => {
    if (!online()) throw new AppError('TUNNEL_OFFLINE');
    return relay.dispatcher();
  };
  const dispatcher = new RoutingDispatcher(() => (enrolled() ? throughRelay() : direct));
  const relayAlone = new RoutingDispatcher(throughRelay);
  return {
    egress: {
      get via() {
        return enrolled() ? 'relay' : 'direct';
      },
      ip: () => (enrolled() ? relay.ip() : null),
      dispatcher: () => dispatcher,
      choose: (via) =>
        via === 'direct'
          ? { via, ip: () => null, dispatcher: () => direct }
          : { via, ip: () => relay.ip(), dispatcher: () => relayAlone },
    },
    close: () => direct.destroy(),
  };
}

/** Chooses the dispatcher anew for each request: the device may be enrolled while the gateway runs. */
class RoutingDispatcher extends Dispatcher {
  readonly #choose: () => Dispatcher;

  constructor(choose: () => Dispatcher) {
    super();
    this.#choose = choose;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    return this.#choose().dispatch(options, handler);
  }
}
