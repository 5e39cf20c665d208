import type { Core, CoreOptions } from '../main/core/types.ts';

export interface PracticeOptions {
  readonly dataDir: string;
  readonly version: string;
  /** The host's own parts of the core: secrets, native ports, log stream. */
  readonly core: Pick<CoreOptions, 'secrets' | 'host' | 'systemLocale' | 'logStream'>;
}

/** A bot of practice mode, with its credentials in the open: they are made up and worth nothing. */
export type PracticeBot =
  | {
      readonly id: string;
      readonly kind: 'app' | 'aibot';
      readonly callback: string;
      readonly token: string;
      readonly encodingAESKey: string;
      readonly receiveId: string;
    }
  | { readonly id: string; readonly kind: 'robot'; readonly webhook: string };

/** Everything on one machine: simulator, relay, tunnel, gateway, and a small service that answers. */
export interface Practice {
  readonly core: Core;
  /** The fields of the ready line (DESIGN §6) but for `event` and `console`, which the host adds. */
  readonly ready: {
    readonly gateway: string;
    readonly public: string;
    readonly publicCa: string;
    readonly relayAdmin: string;
    readonly simulator: string;
    readonly apiKey: string;
    readonly bots: readonly PracticeBot[];
  };
  /** How to sign in to the relay's console the first time; null once somebody has chosen a password there. */
  relayLogin(): Promise<{ readonly user: string; readonly password: string } | null>;
  stop(): Promise<void>;
}
