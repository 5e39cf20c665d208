import { toErrorInfo } from '../../common/errors/app-error.ts';
import { openStore, type Store } from '../store/index.ts';

/**
 * Works on the store of a data directory, or asks the relay that has it open. Throws what either throws.
 */
export async function whereItRuns<T>(
  dataDir: string,
  ways: {
    readonly stored: (store: Store) => Promise<T>;
    readonly running: () => Promise<T>;
  },
): Promise<T> {
  let store: Store;
  try {
    store = openStore(dataDir);
  } catch (thrown) {
    if (toErrorInfo(thrown).code === 'DATA_DIR_IN_USE') return ways.running();
    throw thrown;
  }
  try {
    return await ways.stored(store);
  } finally {
    store.close();
  }
}
