// A service that Causeway calls over HTTP: WEBHOOK_SECRET=whsec_… PORT=9000 node http-service.mjs
import { createServer } from 'node:http';
import { answerTo } from './answer.mjs';
import { isSigned } from './webhook.mjs';

const MAX_BODY = 1024 * 1024;
/** Ids that were answered lately: an attempt whose answer was lost comes again under the same id. */
const REMEMBERED = 10_000;

const secret = process.env.WEBHOOK_SECRET ?? '';
if (!secret.startsWith('whsec_')) {
  console.error("Set WEBHOOK_SECRET to the service's signing secret, as Causeway has it.");
  process.exit(2);
}
const answered = new Map();

const server = createServer(
  { requestTimeout: 10_000, headersTimeout: 10_000 },
  (request, response) => {
    handle(request, response).catch((error) => {
      console.error('request failed:', error.message);
      // Anything but 2xx tells Causeway to try again.
      if (!response.headersSent) send(response, 500, {});
    });
  },
);

async function handle(request, response) {
  if (request.url === '/healthz') return send(response, 200, { status: 'ok' });
  if (request.method !== 'POST') return send(response, 405, {});
  const body = await read(request);
  if (body === null) return send(response, 413, {});
  if (!isSigned(request.headers, body, secret)) return send(response, 401, {});
  const message = JSON.parse(body);
  const known = answered.get(message.id);
  const reply = known === undefined ? answerTo(message) : known;
  answered.set(message.id, reply);
  if (answered.size > REMEMBERED) answered.delete(answered.keys().next().value);
  send(response, 200, { reply });
}

/** The body as text; null where it is longer than any message. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

server.listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`listening on http://${address}:${port}/`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
