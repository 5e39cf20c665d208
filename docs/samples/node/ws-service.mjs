// A service that subscribes to Causeway over a WebSocket, for programs without an address of their own:
// CAUSEWAY_URL=http://127.0.0.1:8080 CAUSEWAY_TARGET_KEY=… node ws-service.mjs
import { answerTo } from './answer.mjs';

const base = process.env.CAUSEWAY_URL ?? 'http://127.0.0.1:8080';
const key = process.env.CAUSEWAY_TARGET_KEY ?? '';
if (key === '') {
  console.error(
    "Set CAUSEWAY_TARGET_KEY to the service's key: console, Routes, the service, Make a new key.",
  );
  process.exit(2);
}
const address = `${base.replace(/^http/, 'ws').replace(/\/$/, '')}/api/ws`;
const LONGEST_WAIT_MS = 30_000;

let failures = 0;
let isStopping = false;
let socket;

function connect() {
  // Node's WebSocket takes headers; in a browser the key would be offered as a subprotocol.
  socket = new WebSocket(address, { headers: { authorization: `Bearer ${key}` } });
  socket.addEventListener('open', () => {
    failures = 0;
    console.log('subscribed');
  });
  socket.addEventListener('message', ({ data }) => heard(socket, JSON.parse(data)));
  socket.addEventListener('close', ({ code, reason }) => {
    if (isStopping) return;
    failures += 1;
    // A random part of a wait that doubles, so that many subscribers do not come back in one moment.
    const wait = Math.random() * Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures);
    console.error(`closed (${code} ${reason}), again in ${Math.round(wait)} ms`);
    setTimeout(connect, wait);
  });
  // What went wrong is told by the close that follows.
  socket.addEventListener('error', () => undefined);
}

function heard(from, frame) {
  if (frame.type === 'message') {
    try {
      const reply = answerTo(frame.message);
      const answer = reply === null ? { type: 'ack' } : { type: 'answer', reply };
      from.send(JSON.stringify({ ...answer, id: frame.id }));
    } catch (error) {
      console.error('message failed:', error.message);
      from.send(JSON.stringify({ type: 'nack', id: frame.id }));
    }
  }
  if (frame.type === 'request') {
    from.send(JSON.stringify({ type: 'answer', id: frame.id, body: { got: frame.body } }));
  }
}

connect();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    isStopping = true;
    socket.close(1000);
    process.exit(0);
  });
}
