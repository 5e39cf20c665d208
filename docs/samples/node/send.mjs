// Sends one message: CAUSEWAY_API_KEY=… node send.mjs <bot> <text> [user|user…]
import { randomUUID } from 'node:crypto';

const [bot, text, touser] = process.argv.slice(2);
const base = (process.env.CAUSEWAY_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const key = process.env.CAUSEWAY_API_KEY ?? '';
if (bot === undefined || text === undefined || key === '') {
  console.error('usage: CAUSEWAY_API_KEY=… node send.mjs <bot> <text> [user|user…]');
  process.exit(2);
}
// The same key on every attempt: whatever became of an earlier one, the message leaves once.
const idempotencyKey = randomUUID();
const message = {
  msgtype: 'text',
  text: { content: text },
  split: true,
  ...(touser === undefined ? {} : { touser }),
};

async function attempt() {
  const response = await fetch(`${base}/api/bots/${encodeURIComponent(bot)}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const error = new Error(`${response.status} ${answer.error?.code ?? ''}`);
  error.isFinal = response.status < 500 && response.status !== 429;
  throw error;
}

for (let tries = 1; ; tries += 1) {
  try {
    // Either what WeCom answered (`outcome`), or that it waits for its turn (`state`, `etaMs`) and leaves by itself.
    const { id, outcome, errcode, errmsg, state, etaMs } = await attempt();
    console.log(JSON.stringify({ id, outcome, errcode, errmsg, state, etaMs }));
    process.exitCode = outcome === 'delivered' || state === 'queued' ? 0 : 1;
    break;
  } catch (error) {
    if (error.isFinal || tries === 3) {
      console.error(`not sent: ${error.message}`);
      process.exitCode = 1;
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
  }
}
