/**
 * The Content-Security-Policy of the console, the same from `app://` and from the console server. `nonce` is fresh for each
 * response and admits only the one style element that the UI kit adds.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** The place in `index.html` that the host replaces with the nonce of the response. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';
