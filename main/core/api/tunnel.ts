import { decodeToken, type EnrolmentToken } from '../../../common/tunnel/token.ts';
import type { DeviceFacts } from '../../../common/tunnel/control.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { IdentityKeeper } from '../state/identity.ts';
import type { IdentitySource } from '../state/identity-source.ts';
import type { IdentityRequests, RequestRelay } from '../state/identity-request.ts';
import { endpointText, parseEndpoint, type DeviceIdentity, type Tunnel } from '../tunnel/index.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

export interface TunnelHandlerOptions {
  readonly tunnel: Pick<Tunnel, 'setIdentities' | 'connect' | 'disconnect'>;
  readonly identity: IdentityKeeper;
  readonly identities: Pick<IdentitySource, 'list'>;
  readonly enrol: (input: {
    readonly token: EnrolmentToken;
    readonly facts: DeviceFacts;
  }) => Promise<DeviceIdentity>;
  /** Stores the identity and brings its tunnel up. */
  readonly adopt: (identity: DeviceIdentity) => Promise<void>;
  readonly requests: Pick<IdentityRequests, 'request' | 'cancel'>;
  /** Where an auth file's certificate is picked up unless the caller says it. */
  readonly pickupRelay: () => RequestRelay | null;
  /** The file that gives the order of the relays; null where the console does. */
  readonly orderFrom: () => string | null;
  readonly facts: DeviceFacts;
  readonly exclusive: Exclusive;
  readonly changed: () => void;
  readonly log: Logger;
}

type TunnelHandlers = Pick<
  Handlers,
  | 'tunnel.enrol'
  | 'tunnel.request'
  | 'tunnel.cancelRequest'
  | 'tunnel.connect'
  | 'tunnel.disconnect'
  | 'tunnel.forget'
  | 'tunnel.forgetRelay'
  | 'tunnel.reorderRelays'
>;

export function tunnelHandlers(options: TunnelHandlerOptions): TunnelHandlers {
  const { tunnel, identity, facts, exclusive, changed, log } = options;
  const leave = (): void => {
    tunnel
      .disconnect()
      .catch((error: unknown) => log.error({ err: error }, 'disconnecting failed'));
  };
  return {
    'tunnel.enrol': ({ token }) =>
      exclusive(async () => {
        const parsed = decodeToken(token);
        // A token works once: whether the key could be kept is asked before it is spent.
        await identity.probe();
        const enrolled = await options.enrol({ token: parsed, facts });
        await options.adopt(enrolled);
        log.info({ device: enrolled.deviceId, tunnel: enrolled.tunnel }, 'device enrolled');
      }),
    'tunnel.request': ({ relay }) =>
      options.requests.request(
        relay === undefined
          ? options.pickupRelay()
          : {
              ...parseEndpoint(relay.endpoint),
              trust: { sha256: relay.caSha256.toLowerCase() },
            },
      ),
    'tunnel.cancelRequest': () => options.requests.cancel(),
    'tunnel.connect': () => {
      if (options.identities.list().length === 0) throw new AppError('NOT_ENROLLED');
      tunnel.connect();
    },
    // Requests under way may take half a minute to finish; the state says "stopped" at once.
    'tunnel.disconnect': () => leave(),
    'tunnel.forget': () =>
      exclusive(() => {
        if (identity.current() === null) throw new AppError('NOT_ENROLLED');
        leave();
        identity.forget();
        tunnel.setIdentities(options.identities.list());
        log.info({}, 'the identity of this device was removed');
        changed();
      }),
    'tunnel.forgetRelay': ({ endpoint }) =>
      exclusive(() => {
        const at = parseEndpoint(endpoint);
        if (identity.list().every((one) => endpointText(one.endpoint) !== endpointText(at))) {
          throw new AppError('NOT_FOUND', { endpoint: endpointText(at) });
        }
        identity.forget(at);
        tunnel.setIdentities(options.identities.list());
        log.info({ relay: endpointText(at) }, 'the identity at a relay was removed');
        changed();
      }),
    'tunnel.reorderRelays': ({ endpoints }) =>
      exclusive(() => {
        const source = options.orderFrom();
        if (source !== null)
          throw new AppError('SETTINGS_LOCKED', { key: 'tunnel.relays', source });
        if (!identity.reorder(endpoints.map((text) => parseEndpoint(text)))) {
          throw new AppError('CONFLICT', { kind: 'relay' });
        }
        tunnel.setIdentities(options.identities.list());
        log.info({ relays: endpoints.join(', ') }, 'relays put in order');
        changed();
      }),
  };
}
