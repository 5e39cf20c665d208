import { randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { protocol } from 'electron';
import { contentSecurityPolicy, NONCE_PLACEHOLDER } from '../../common/csp.ts';
import { APP_HOST, APP_SCHEME } from '../../common/contract/ipc.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Declares `app://` before Electron is ready: a standard, secure origin that does not bypass the content policy. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

/** Answers requests to `app://bundle/…` from the files below `folder`, and nothing else. */
export function createBundleHandler(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
    const path = bundlePath(request.url);
    if (path === null) return refuse(404);
    const file = await containedFile(folder, path);
    if (file === null) return refuse(404);
    const nonce = randomBytes(16).toString('base64url');
    let body: Buffer<ArrayBuffer> | string = await readFile(file);
    if (extname(file) === '.html')
      body = body.toString('utf8').replaceAll(NONCE_PLACEHOLDER, nonce);
    return new Response(request.method === 'HEAD' ? null : body, {
      headers: {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': contentSecurityPolicy(nonce),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      },
    });
  };
}

/** The path inside the bundle that an address names; null when it names anything else. */
export function bundlePath(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return null;
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\') || path.includes('%')) return null;
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..')) return null;
  return parts.length === 0 ? 'index.html' : parts.join('/');
}

async function containedFile(folder: string, path: string): Promise<string | null> {
  try {
    // Resolved, so that a link inside the bundle cannot lead out of it.
    const rootPath = await realpath(folder);
    const file = await realpath(join(rootPath, path));
    return file.startsWith(rootPath + sep) && extname(file) !== '' ? file : null;
  } catch {
    return null;
  }
}

function refuse(status: number): Response {
  return new Response(null, { status });
}
