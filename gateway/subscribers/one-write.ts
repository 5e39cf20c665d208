import type { Duplex } from 'node:stream';

/**
 * What is written to a connection within one turn of the event loop leaves in one system call: returns what is to be called before
 * each write. Under load a turn sends many frames to one subscriber, and each call costs more than making the frame.
 */
export function oneWriteATurn(connection: Duplex): () => void {
  let corked = false;
  const release = (): void => {
    corked = false;
    connection.uncork();
  };
  return () => {
    if (corked) return;
    corked = true;
    connection.cork();
    setImmediate(release);
  };
}
