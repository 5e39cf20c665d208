import type { OutgoingHttpHeaders } from 'node:http2';
import type { Receiver } from '../../../common/http2/stream.ts';
import type { TunnelOutlet } from '../../../gateway/types.ts';
import type { DuplexSource } from './server-duplex.ts';

/** An answer's way straight to its stream: a stream of Node's in between costs more than the answer. */
export class ServerOutlet implements TunnelOutlet, Receiver<Buffer> {
  readonly #target: Pick<DuplexSource, 'respond' | 'write' | 'end'>;
  #waiting: (() => void) | null = null;

  constructor(target: Pick<DuplexSource, 'respond' | 'write' | 'end'>) {
    this.#target = target;
  }

  respond(
    fields: OutgoingHttpHeaders = {},
    { endStream = false }: { readonly endStream?: boolean } = {},
  ): void {
    this.#target.respond(fields, endStream);
  }

  write(piece: Buffer): boolean {
    return this.#target.write(piece);
  }

  once(_event: 'drain', listener: () => void): void {
    this.#waiting = listener;
  }

  end(): void {
    this.#target.end();
  }

  onData(): void {
    // Nobody asked for the request.
  }

  onLull(): void {
    // Nothing is held back.
  }

  onTrailers(): void {
    // As for the request's body.
  }

  onEnd(): void {
    // As for the request's body.
  }

  onDrain(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  onClose(): void {
    this.#waiting = null;
  }
}
