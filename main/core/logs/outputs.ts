import { Writable } from 'node:stream';
import { createFileWriter, type FileWriter } from './file-writer.ts';
import { formatLine } from './format.ts';

const FILE_BYTES = 50 * 1024 * 1024;
const FILES = 5;

/** `[logging] output` and `format` of the configuration file. */
export interface OutputsOptions {
  /** `stdout`, `stderr`, or files by their absolute paths. */
  readonly outputs: readonly string[];
  readonly format: 'json' | 'text';
  /** Told when a file cannot be written, and when it can be again. */
  readonly onTrouble: (file: string, failing: boolean) => void;
}

/** One stream that writes the log's JSON lines to all outputs, in their form; files are rotated by size. */
export function createOutputs(options: OutputsOptions): Writable & { flushFiles(): Promise<void> } {
  const files: FileWriter[] = [];
  const sinks = options.outputs.map((output) => {
    if (output === 'stdout') return (text: string) => void process.stdout.write(text);
    if (output === 'stderr') return (text: string) => void process.stderr.write(text);
    const writer = createFileWriter({
      file: output,
      maxBytes: FILE_BYTES,
      files: FILES,
      onTrouble: ({ failing }) => options.onTrouble(output, failing),
    });
    files.push(writer);
    return (text: string) => writer.write(text);
  });
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        if (line === '') continue;
        const text = `${options.format === 'text' ? formatLine(line) : line}\n`;
        for (const sink of sinks) sink(text);
      }
      done();
    },
  });
  return Object.assign(stream, {
    flushFiles: async () => {
      await Promise.all(files.map((file) => file.close()));
    },
  });
}
