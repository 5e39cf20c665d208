import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../common/errors/app-error.ts';
import type { AppDesk, AppFile } from './app-desk.ts';
import type { ApiAnswer } from './errcodes.ts';
import { isFaultName, type Faults } from './faults.ts';
import { readBody, sendJson } from './respond.ts';
import type { Call, Upload } from './robot.ts';

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void>;

/** What the routes of apps take from the server. */
export interface AppRouteParts {
  readonly apps: AppDesk;
  readonly faults: Faults;
  readonly callOf: (request: IncomingMessage) => Call;
  readonly readUpload: (
    request: IncomingMessage,
    body: Buffer,
    type: string,
  ) => Promise<Upload | null>;
  readonly readJson: (request: IncomingMessage) => Promise<unknown>;
}

const MB = 1 << 20;
const BODY_BYTES = 4 * MB;
const UPLOAD_BYTES = 21 * MB;
/** What `media/get` gives in one piece; of a larger file it wants ranges. */
const PIECE_BYTES = 20 * MB;

/** WeCom's addresses of self-built apps, and the switches of the simulator's faults. */
export function appRoutes(parts: AppRouteParts): [string, Handler][] {
  const { apps, faults, callOf } = parts;

  const post =
    (
      api: string,
      limit: number,
      work: (body: Buffer, url: URL, request: IncomingMessage) => ApiAnswer | Promise<ApiAnswer>,
    ): Handler =>
    async (request, response, url) => {
      faults.count(api);
      const body = (await readBody(request, limit)) ?? Buffer.alloc(0);
      const answer = await work(body, url, request);
      conclude(faults, response, answer);
    };
  const token = (url: URL): string => url.searchParams.get('access_token') ?? '';

  return [
    [
      'GET /cgi-bin/gettoken',
      async (request, response, { searchParams }) => {
        faults.count('gettoken');
        const corpId = searchParams.get('corpid') ?? '';
        const secret = searchParams.get('corpsecret') ?? '';
        sendJson(response, 200, apps.getToken(corpId, secret, callOf(request)));
      },
    ],
    [
      'POST /cgi-bin/message/send',
      post('message/send', BODY_BYTES, (body, url, request) =>
        apps.send(token(url), body.toString('utf8'), callOf(request)),
      ),
    ],
    [
      'POST /cgi-bin/message/recall',
      post('message/recall', BODY_BYTES, (body, url, request) =>
        apps.recall(token(url), body.toString('utf8'), callOf(request)),
      ),
    ],
    [
      'POST /cgi-bin/message/update_template_card',
      post('message/update_template_card', BODY_BYTES, (body, url, request) =>
        apps.updateCard(token(url), body.toString('utf8'), callOf(request)),
      ),
    ],
    [
      'POST /cgi-bin/media/upload',
      post('media/upload', UPLOAD_BYTES, async (body, url, request) => {
        const upload = await parts.readUpload(request, body, url.searchParams.get('type') ?? '');
        return apps.upload(token(url), upload, callOf(request));
      }),
    ],
    [
      'GET /cgi-bin/media/get',
      async (request, response, url) => {
        faults.count('media/get');
        const found = apps.media(
          token(url),
          url.searchParams.get('media_id') ?? '',
          callOf(request),
        );
        if ('errcode' in found) sendJson(response, 200, found);
        else sendFile(response, found, request.headers.range);
      },
    ],
    [
      'GET /cgi-bin/getcallbackip',
      async (request, response, url) => {
        faults.count('getcallbackip');
        sendJson(response, 200, apps.callbackIps(token(url), callOf(request)));
      },
    ],
    [
      'GET /simulator/faults',
      async (_request, response) =>
        sendJson(response, 200, { faults: faults.list(), calls: faults.counts() }),
    ],
    [
      'POST /simulator/faults',
      async (request, response) => {
        const wanted = await parts.readJson(request);
        const entries = Object.entries(typeof wanted === 'object' ? (wanted ?? {}) : {});
        for (const [name, on] of entries) {
          if (!isFaultName(name) || typeof on !== 'boolean') {
            throw new AppError('BAD_INPUT', { field: name });
          }
          faults.set(name, on);
        }
        sendJson(response, 200, { faults: faults.list(), calls: faults.counts() });
      },
    ],
  ];
}

/** Answers, unless a fault says that the answer to what was taken gets lost. */
export function conclude(faults: Faults, response: ServerResponse, answer: ApiAnswer): void {
  if (answer.errcode === 0 && faults.has('no_answer')) return;
  if (answer.errcode === 0 && faults.has('lost_answer')) response.destroy();
  else sendJson(response, 200, answer);
}

function sendFile(response: ServerResponse, file: AppFile, range: string | undefined): void {
  const total = file.bytes.length;
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (match === null && total > PIECE_BYTES) {
    sendJson(response, 200, { errcode: 830002, errmsg: 'file too large, use Range' });
    return;
  }
  const from = match === null ? 0 : Number(match[1]);
  const to = match === null || match[2] === '' ? total - 1 : Math.min(total - 1, Number(match[2]));
  const bytes = file.bytes.subarray(from, to + 1);
  response.writeHead(match === null ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.length,
    'content-disposition': `attachment; filename="${encodeURIComponent(file.name)}"`,
    ...(match === null ? {} : { 'content-range': `bytes ${from}-${to}/${total}` }),
  });
  response.end(bytes);
}
