import type { AppInfo } from '../../common/contract/api.ts';
import type { Caller } from '../../common/contract/dispatch.ts';
import type { Reply } from '../../common/contract/wire.ts';
import type { Transport } from '../../common/contract/client.ts';
import type { Snapshot, PracticeView } from '../../common/domain/snapshot.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Locale } from '../../common/domain/settings.ts';
import type { TunnelConfigPlace } from './config/tunnel-config.ts';

/** Encrypts secrets at rest. The desktop uses the system's keystore, headless a key file. */
export interface SecretBox {
  /** Throws SECRET_STORE_UNAVAILABLE. */
  seal(plaintext: string): Promise<Uint8Array>;
  /** Throws SECRET_UNREADABLE, SECRET_STORE_UNAVAILABLE. `reseal` asks for the value to be sealed again with a newer key. */
  open(sealed: Uint8Array): Promise<{ plaintext: string; reseal: boolean }>;
}

/** What a host can do natively. Absent ones mean the capability `desktop` is not offered. */
export interface HostPorts {
  readonly revealData?: () => Promise<void>;
  readonly openExternal?: (url: string) => Promise<void>;
  readonly quit?: () => Promise<void>;
  readonly setLoginItem?: (enabled: boolean) => Promise<void>;
  /** What the system's proxy settings say for an address, in the form of a proxy auto-configuration. */
  readonly resolveProxy?: (url: string) => Promise<string>;
}

export interface CoreOptions {
  /** Everything stored lives below it; made if missing, 0700. */
  readonly dataDir: string;
  readonly secrets: SecretBox;
  readonly host: HostPorts;
  readonly version: string;
  readonly systemLocale: Locale;
  /** Where the management API listens; left out takes the settings' port on loopback. */
  readonly managementListen?: { readonly host: string; readonly port: number };
  /** Configuration file, whose values go before what is stored. */
  readonly configFile?: string;
  readonly practice?: PracticeView;
  /**
   * For a command that only enrols, where no program runs: no relay is dialled to carry messages, and those that are stored are
   * left to the program, which alone knows the `config.toml` that they are delivered and kept by.
   */
  readonly enrolOnly?: boolean;
  /** Where a `config.yaml` is; what it says goes before what was set in the console. Left out, none is looked for. */
  readonly tunnelConfig?: TunnelConfigPlace;
  /** For the proxy and the secrets that a file takes from there. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Also write log lines (JSON) to this stream; headless passes stderr. */
  readonly logStream?: NodeJS.WritableStream;
  readonly now?: () => number;
  /** Milliseconds between two looks at the `config.yaml`; for testing. */
  readonly configLookMs?: number;
}

export type { Caller };

/** The on-prem program without a face. Both hosts drive it through `dispatch` and `subscribe` only. */
export interface Core {
  dispatch(caller: Caller, name: string, input: unknown): Promise<Reply>;
  /** Throws UNKNOWN_CALL or FORBIDDEN. */
  subscribe(caller: Caller, topic: string, listener: (payload: unknown) => void): () => void;
  /** The contract in-process, with every capability: for the hosts themselves and practice mode. */
  readonly local: Transport;
  readonly log: Logger;
  snapshot(): Snapshot;
  /** `http://127.0.0.1:P` of the gateway's management API. */
  readonly gatewayAddress: string;
  /** Makes a management API key and returns it: the only time that it can be read. */
  createApiKey(id: string, scopes: readonly ('read' | 'send' | 'admin')[]): Promise<string>;
  /**
   * Reads the configuration files again and puts them in force, each as a whole. Throws CONFIG_INVALID {file, line, column, key,
   * allowed} for one that was not taken and changes nothing of what it says; NOT_FOUND where there is none.
   */
  reloadConfig(): Promise<void>;
  /** The network is back or the machine woke: dial or probe at once. */
  wake(): void;
  /** Drains and closes; every promise of the core has settled when it resolves. */
  stop(drainMs?: number): Promise<void>;
  readonly info: AppInfo;
}
