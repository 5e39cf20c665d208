import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { unusedPort } from '../../support/port.ts';
import { listening } from './haproxy.ts';

const PROGRAM = '/usr/sbin/nginx';
export const hasNginx = existsSync(PROGRAM);

/** nginx as an HTTP/2 proxy of one origin, on a port of loopback. */
export async function startNginx(origin: { readonly port: number }): Promise<{ url: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-nginx-'));
  const port = await unusedPort();
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${dir}/${name};`,
  );
  const config = [
    'daemon off;',
    'master_process off;',
    `pid ${dir}/pid;`,
    `error_log ${dir}/error.log;`,
    'events {}',
    'http {',
    '  access_log off;',
    ...temp,
    '  server {',
    `    listen 127.0.0.1:${port} http2;`,
    '    client_max_body_size 0;',
    '    location / {',
    `      proxy_pass http://127.0.0.1:${origin.port};`,
    '      proxy_http_version 1.1;',
    '      proxy_set_header Host $http_host;',
    '      proxy_set_header Connection "";',
    '      proxy_request_buffering off;',
    '      proxy_buffering off;',
    '    }',
    '  }',
    '}',
    '',
  ];
  const file = join(dir, 'nginx.conf');
  await writeFile(file, config.join('\n'));
  const child = spawn(PROGRAM, ['-p', dir, '-c', file], { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  });
  await listening(port);
  return { url: `http://127.0.0.1:${port}` };
}
