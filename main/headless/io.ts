/** What the command line touches of its process; tests pass their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** SIGTERM and SIGINT, as often as they come. Returns the function that unsubscribes. */
  onSignal(listener: () => void): () => void;
  /** SIGHUP: read the configuration again. Returns the function that unsubscribes. */
  onReload(listener: () => void): () => void;
  /** Errors that nothing caught. Returns the function that unsubscribes. */
  onDefect(listener: (error: unknown) => void): () => void;
  exit(code: number): void;
}

/** The real process. */
export function processIo(): Io {
  // A reader that went away must not end the program.
  const ignore = (): void => undefined;
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onSignal(listener) {
      process.on('SIGTERM', listener);
      process.on('SIGINT', listener);
      return () => {
        process.off('SIGTERM', listener);
        process.off('SIGINT', listener);
      };
    },
    onReload(listener) {
      process.on('SIGHUP', listener);
      return () => void process.off('SIGHUP', listener);
    },
    onDefect(listener) {
      process.on('unhandledRejection', listener);
      process.on('uncaughtException', listener);
      return () => {
        process.off('unhandledRejection', listener);
        process.off('uncaughtException', listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/** Runs a program to its end. What is left open does not keep the process, but output that is under way is finished. */
export async function runProgram(program: (io: Io) => Promise<number>): Promise<void> {
  process.exitCode = await program(processIo());
  setTimeout(() => process.exit(), 1_000).unref();
}
