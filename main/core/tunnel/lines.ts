import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a byte stream into lines (LF or CRLF), across chunks and multi-byte characters. Returns false once a line exceeds
 * `maxLength` characters: the caller has to give the stream up.
 */
export function lineReader(
  onLine: (line: string) => void,
  maxLength: number,
): (chunk: Uint8Array) => boolean {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    rest += decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.length > maxLength) return false;
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '') onLine(text);
    }
    return rest.length <= maxLength;
  };
}
