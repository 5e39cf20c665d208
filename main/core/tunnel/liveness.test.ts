import { once } from 'node:events';
import { connect } from 'node:http2';
import net from 'node:net';
import { expect, it } from 'vitest';
import { startAnsweringThread } from '../../../tests/support/http2/answering-thread.ts';
import { askBy, ping } from './liveness.ts';

it('reads what came while this process stood still before it gives a relay up', async () => {
  const thread = await startAnsweringThread();
  const socket = net.connect(thread.port, '127.0.0.1');
  const session = connect('http://test', { createConnection: () => socket });
  try {
    await once(session, 'remoteSettings');
    const options = { deadlineMs: 50, received: () => socket.bytesRead };
    const answer = ping(askBy(session), options);
    await thread.standStill(200);
    expect(await answer).toBeGreaterThan(0);
  } finally {
    session.destroy();
    await thread.close();
  }
});
