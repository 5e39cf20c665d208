import { afterEach, expect, it } from 'vitest';
import { CLIENT_PREFACE, frameType as type } from '../../../common/http2/frames.ts';
import { frame, headers, paddedData, settings } from '../../../tests/support/http2/frames.ts';
import { requestHead, startRawClient, type RawClient } from './testing/raw-client.ts';

let client: RawClient | undefined;
afterEach(() => client?.stop());

it('hears the same, wherever its octets are cut', { timeout: 60_000 }, async () => {
  const bytes = Buffer.concat([
    Buffer.from(CLIENT_PREFACE),
    settings([4, 100_000]),
    headers(1, 0, ...requestHead('POST'), ['content-length', '9']),
    frame(type.DATA, 0, 1, Buffer.from('first')),
    headers(3, 1, ...requestHead('GET', '/other')),
    paddedData(1, Buffer.from('last'), 7, true),
  ]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const bodies: string[] = [];
    client = await startRawClient(
      (stream, fields) => {
        void stream.readBody(100, 10_000).then((body) => {
          bodies.push(`${fields[':path'] ?? ''} ${body?.toString() ?? ''}`);
          stream.answer({ ':status': 200 }, 'ok');
        });
      },
      { silent: true },
    );
    client.socket.write(bytes.subarray(0, cut));
    await new Promise(setImmediate);
    client.socket.write(bytes.subarray(cut));
    for (const id of [1, 3]) {
      const answer = await client.find((one) => one.type === type.DATA && one.streamId === id);
      expect(answer?.payload.toString()).toBe('ok');
    }
    expect(bodies.toSorted()).toEqual(['/ firstlast', '/other ']);
    client.stop();
  }
});
