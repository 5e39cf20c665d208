import { errorCode } from '../../../common/http2/errors.ts';
import type { Receiver } from '../../../common/http2/stream.ts';

/** The stream whose body is read. */
export interface BodySource {
  pause(): void;
  reset(code: number): void;
}

/** Gathers a request's body up to a limit. */
export class BodyReader implements Receiver<Buffer> {
  readonly whole: Promise<Buffer | null>;
  readonly #source: BodySource;
  readonly #limit: number;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isSettled = false;
  #resolve: (body: Buffer | null) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(source: BodySource, limit: number, idleMs: number) {
    this.#source = source;
    this.#limit = limit;
    this.#timer = setTimeout(() => source.reset(errorCode.CANCEL), idleMs);
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  onData(piece: Buffer): void {
    if (this.#isSettled) return;
    this.#size += piece.length;
    if (this.#size <= this.#limit) {
      this.#chunks.push(piece);
      this.#timer.refresh();
      return;
    }
    // Its window holds back what follows.
    this.#source.pause();
    this.#chunks.length = 0;
    this.#settle(null);
  }

  onLull(): void {
    // Nothing is held back.
  }

  onTrailers(): void {
    // Nobody who reads a body in one piece asks for them.
  }

  onEnd(): void {
    const [only] = this.#chunks;
    const isOne = this.#chunks.length === 1 && only !== undefined;
    this.#settle(isOne ? only : Buffer.concat(this.#chunks));
  }

  onDrain(): void {
    // Nothing is written piece by piece.
  }

  onClose(): void {
    clearTimeout(this.#timer);
    this.#reject(new Error('the request broke off'));
  }

  #settle(body: Buffer | null): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#resolve(body);
  }
}
