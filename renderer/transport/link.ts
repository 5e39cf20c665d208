import type { Transport } from '../../common/contract/client.ts';

/**
 * Whether the console reaches its host. `connecting` before the first contact · `open` calls work · `lost` the host does not
 * answer and is being tried again · `outdated` the host speaks another version of the contract: only a reload helps.
 */
export type LinkStatus = 'connecting' | 'open' | 'lost' | 'outdated';

/** A transport that also says whether it works, so that a view can tell old state from new. */
export interface ConsoleTransport extends Transport {
  status(): LinkStatus;
  /** Calls `listener` after each change; returns the function that ends it. */
  onStatus(listener: () => void): () => void;
  close(): void;
}
