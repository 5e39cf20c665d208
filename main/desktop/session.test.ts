import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Session } from 'electron';
import { FakeSession } from '../../tests/fakes/electron.ts';
import { hardenSession, mayRequest } from './session.ts';

/** Every permission that Electron's types know: a new one is asked here as soon as the types have it. */
async function everyPermission(): Promise<string[]> {
  const types = await readFile(
    fileURLToPath(new URL('../../node_modules/electron/electron.d.ts', import.meta.url)),
    'utf8',
  );
  const signature =
    /setPermissionRequestHandler\(handler: \(\(webContents: WebContents, permission: ([^,]+),/.exec(
      types,
    );
  return [...(signature?.[1] ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');
}

describe('permissions', () => {
  it('are denied, but for writing to the clipboard', async () => {
    const session = new FakeSession();
    hardenSession(session as unknown as Session);
    const permissions = await everyPermission();
    expect(permissions.length).toBeGreaterThan(30);
    const granted = permissions.filter((permission) => {
      let answer = false;
      session.permissionRequest?.(null, permission, (value) => {
        answer = value;
      });
      expect(session.permissionCheck?.(null, permission, 'app://bundle')).toBe(answer);
      expect(session.permissionCheck?.(null, permission, 'https://example.com')).toBe(false);
      return answer;
    });
    expect(granted).toEqual(['clipboard-sanitized-write']);
    expect(session.devicePermission?.()).toBe(false);
  });
});

describe('requests of the renderer', () => {
  it.each([
    ['app://bundle/index.html', true],
    ['app://bundle', true],
    ['data:image/png;base64,AAAA', true],
    ['blob:app://bundle/1f-2e', true],
    ['app://other/index.html', false],
    ['app://bundle.example.com/', false],
    ['data:text/html,<script>', false],
    ['https://example.com/', false],
    ['http://127.0.0.1:8080/', false],
    ['ws://127.0.0.1/', false],
    ['file:///etc/passwd', false],
    ['blob:https://example.com/1', false],
  ])('%s → %s', (url, may) => {
    expect(mayRequest(url)).toBe(may);
    const session = new FakeSession();
    hardenSession(session as unknown as Session);
    let cancelled = may;
    session.beforeRequest?.({ url }, (response) => {
      cancelled = response.cancel;
    });
    expect(cancelled).toBe(!may);
  });
});
