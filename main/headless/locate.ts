import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built console: beside the built programs, or in the build output when this runs from its source. */
export function rendererDir(): string {
  const built = fileURLToPath(new URL('../renderer', import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL('../../out/renderer', import.meta.url));
}

/** Address of the relay program, a bundle of its own beside this one. */
export function relayProgram(): URL {
  return new URL('./relay.js', import.meta.url);
}
