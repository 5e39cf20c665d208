import { createOutputs } from '../logs/outputs.ts';
import type { ConfigFile } from './index.ts';

/** Where a file wants the log; null leaves it to the host. */
export function outputsOf(
  file: ConfigFile | null,
  onTrouble: (failing: boolean, path: string) => void,
): ReturnType<typeof createOutputs> | null {
  const { output, format } = file?.logging ?? {};
  if (output === undefined && format === undefined) return null;
  return createOutputs({
    outputs: output ?? ['stderr'],
    format: format ?? 'json',
    onTrouble: (path, failing) => onTrouble(failing, path),
  });
}
