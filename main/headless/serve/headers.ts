import { randomBytes } from 'node:crypto';

/** On every answer of the console server; the content security policy comes on top, with the nonce of each page. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy':
    'camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), payment=(), serial=(), usb=()',
};

/** 128 random bits for the one style element of one response. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}
