import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startGateway, startTarget } from '../testing/harness.ts';
import { idOf, message, poll, post, smartBot } from '../testing/smart-bot.ts';
import { readFeeds } from './feed-reader.ts';

describe('an answer that is still being written', () => {
  const start = async (begin: (response: ServerResponse) => void) => {
    const service = await startTarget(begin);
    return startGateway({ bots: [smartBot], targets: [{ id: 'svc', url: service.url }] });
  };

  it('becomes the stream, chunk by chunk', async () => {
    let response: ServerResponse | undefined;
    const gateway = await start((started) => {
      response = started;
      started.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const id = idOf(await post(gateway, message()));
    response?.write('data: Hel\n\ndata: "lo\\n"\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'Hello\n' } });
    response?.write(': comment\nevent: x\ndata: {"content":"all"}\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'all' } });
    response?.end('data: [DONE]\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { finish: true } });
  });

  it('ends with what came when it breaks off', async () => {
    let response: ServerResponse | undefined;
    const gateway = await start((started) => {
      response = started;
      started.writeHead(200, { 'content-type': 'application/x-ndjson' });
      started.write('{"append":"half"}\n');
    });
    const id = idOf(await post(gateway, message()));
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'half' } });
    response?.destroy();
    await expect
      .poll(() => poll(gateway, id))
      .toMatchObject({ stream: { content: 'half', finish: true } });
  });

  it('is one whole text where no stream can be shown', async () => {
    const gateway = await start((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: wel\n\ndata: come\n\n');
    });
    const welcome = message({
      msgtype: 'event',
      event: { eventtype: 'enter_chat', enter_chat: {} },
      text: undefined,
    });
    expect(await post(gateway, welcome)).toEqual({
      msgtype: 'text',
      text: { content: 'welcome' },
    });
  });

  it('is read the same however it is cut into chunks', async () => {
    const text = Buffer.from('data: 字a\r\n\r\ndata: {"append":"é"}\r\ndata:\r\n\r\ndata: z');
    for (let size = 1; size < text.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.subarray(index * size, (index + 1) * size),
      );
      const body = (async function* () {
        yield* chunks;
      })();
      const feeds: unknown[] = [];
      for await (const given of readFeeds(body, 'sse')) feeds.push(given);
      expect(feeds).toEqual([
        { append: '字a', finish: false },
        { append: 'é', finish: false },
        { append: 'z', finish: false },
        { finish: true },
      ]);
    }
  });
});
