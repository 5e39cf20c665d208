import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSafeExternalUrl } from './external-url.ts';

it.each([
  ['https://open.work.weixin.qq.com/devtool/query?e=60020', true],
  ['http://127.0.0.1:9000/', true],
  ['http://localhost:9000/', true],
  ['http://[::1]:9000/', true],
  ['http://example.com/', false],
  ['http://127.0.0.1.example.com/', false],
  ['https://user:secret@example.com/', false],
  ['mailto:a@example.com', false],
  ['javascript:alert(1)', false],
  ['file:///etc/passwd', false],
  ['smb://host/share', false],
  ['ms-settings:', false],
  ['', false],
  [`https://example.com/${'a'.repeat(2048)}`, false],
])('%s → %s', (url, safe) => {
  expect(isSafeExternalUrl(url)).toBe(safe);
});

it('lets nothing through but https, and http on this machine', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.webUrl().map((url) => url.replace(/^https?/, 'ftp')),
      ),
      (text) => {
        if (!isSafeExternalUrl(text)) return;
        const { protocol, hostname, username } = new URL(text);
        expect(username).toBe('');
        expect(
          protocol === 'https:' ||
            (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)),
        ).toBe(true);
      },
    ),
  );
});
