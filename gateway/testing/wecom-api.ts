import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** WeCom's API: takes everything, but for what `refusal` says. */
export async function startWecomApi(): Promise<{ url: string; refuse(errcode: number): void }> {
  let refusal = 0;
  const server = createServer((request, response) => {
    void (async () => {
      await buffer(request);
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (path === '/file') return response.end(Buffer.alloc(33, 7));
      if (path === '/cgi-bin/media/get' && refusal === 0) {
        response.writeHead(200, {
          'content-type': 'image/png',
          'content-disposition': 'attachment; filename="a.png"',
        });
        return response.end('the file');
      }
      const isToken = path === '/cgi-bin/gettoken';
      const answer = {
        errcode: isToken ? 0 : refusal,
        errmsg: refusal === 0 ? 'ok' : 'refused, from ip: 203.0.113.7, more info at x',
        ...(isToken ? { access_token: 't', expires_in: 7200 } : {}),
        ...(path === '/cgi-bin/message/update_template_card' ? { invaliduser: ['lisi'] } : {}),
        ...(path === '/cgi-bin/message/send' ? { msgid: 'M', response_code: 'R' } : {}),
        ...(path.endsWith('/upload_media') || path.endsWith('/upload')
          ? { media_id: 'MEDIA', created_at: '1380000000' }
          : {}),
      };
      response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' });
      return response.end(JSON.stringify(answer));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: (errcode) => {
      refusal = errcode;
    },
  };
}
