import { expect, test } from 'vitest';
import { sealedEnvelope, sealedPayload, verifySealedHeader } from './sealed.ts';
import { failureOf } from './testdata/failure.ts';

// Made with Python's json.dumps, hashlib and OpenSSL, from the program in the deployment guide §5.2.
const content = '隧道 "ok"\n\u007f😀 \\ /';
const cases = [
  [
    '0123456789abcdef',
    '43bac63b1263f579d897a6186aa8516546080f3e9ec592984a2e7c4206a3b1a8',
    'd81T+sO+JiK7lZT6F2a4kROeeZNbZ0474UUWQrsiGFzWnfzl28pd0kIWo0vLng9ItcMB3siuSuzMfIDG+8NOTijisDX/88IPvof/IBb4v1PIl7HsNY1BY5w+Wf4nc2dTNw1C8RNdLWuotIB829pXgyCJ1fne7ZBzcvyVqK5QKtwZEdxcjTz5pLw2YkYPtUHPQJOeDrcQTHzALGse84yOFmpq+TP63T+rVac9EwDZUUiA5uh96bcB49An/ZUaxhKxJA8iqlPp/SsU2B0OEUW3EA==',
  ],
  [
    '0123456789abcdef01234567',
    '5a2fb3e26dd264c8ce395f858f30e7671f01590bad6cdcdb884ac032c9bb2f78',
    'r06y+GDKaZDloAn4fW9kBtgzbyyIKieT/Y3KIuIlcEcX8Y0kF0aNwJk4MwuUfHRXMTerdaMbOQT0x3UrB2CHyAhc2V8p/8hiBGzDOLEGw7NRSj7c3nAVZqsyX1icWVik7fKwefGtTWCT9DHJC1MxH+zhreqtaALsoZqb0diuA9b7q6cUtZy2aVNIpVyz8zqysacUYy9v/SPsHu2SZxwRl8DH7FzfLEbBRlQkIYsoWn5gX/yWqUXnFokuK1FoPU/W1l9E1TOXuHR/jKd5kQ+1YA==',
  ],
  [
    '0123456789abcdef0123456789abcdef',
    '598e428f3061a95465a0841a226ed4725e9d3de86a31918e3994c461555155b8',
    'fSJxqebUK43bhOOV/+47AmkBRLstS9BTBXmkTgVMsWFGb8E171kH+Tafoxly0zstPLtjIy6Ns67qkRr8WRZIe8dIUVdvJcGrn1ivZ2g20FqZrTP9/ErS58PsvEFJK0kHETlJdRFzZ0shS2tLl2YEO4ShftXMg6PfMDwD9/EhPpSFe70vbaikZCS4o5TkJ4aUKhcQ2OSOIuwAN4Z0qagvHXc8Ub7Vr56O91vTTD5Nt1qXE4l5rfGq/acGXELMdw144j1A0FiDqPccct2p5WlwNA==',
  ],
] as const;

test.each(cases)('envelope with key %s', (key, signature, encrypted) => {
  const payload = sealedPayload(content, key, 1_700_000_000);
  expect(payload).toBe(
    '{"msgtype": "text", "text": {"content": "\\u96a7\\u9053 \\"ok\\"\\n\\u007f\\ud83d\\ude00 \\\\ /"}, ' +
      `"timestamp": "1700000000", "signature": "${signature}"}`,
  );
  expect(sealedEnvelope(payload, key)).toBe(encrypted);
});

test.each(['', 'short', '0123456789abcdef0', '隧道隧道隧'])('key %j is refused', (key) => {
  expect(failureOf(() => sealedEnvelope('{}', key))).toEqual({
    code: 'AES_KEY_INVALID',
    wecom: -40004,
  });
});

test('the length of a key is that of its bytes', () => {
  expect(sealedEnvelope('{}', '隧道隧道隧a')).toHaveLength(24);
});

test('header signature', () => {
  const signature = 'ca58de7f6f979ad80720eb0d63b2c5b6d220075b';
  expect(verifySealedHeader('tOkEn9', '1700000000', '263014780', signature)).toBe(true);
  expect(verifySealedHeader('tOkEn9', '1700000001', '263014780', signature)).toBe(false);
  expect(verifySealedHeader('tOkEn8', '1700000000', '263014780', signature)).toBe(false);
  expect(verifySealedHeader('tOkEn9', '1700000000', '263014781', signature)).toBe(false);
  expect(verifySealedHeader('tOkEn9', '1700000000', '263014780', signature.slice(1))).toBe(false);
  expect(verifySealedHeader('tOkEn9', '1700000000', '263014780', '')).toBe(false);
});
