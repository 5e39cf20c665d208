import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { createTranslate, chooseLocale } from '../../common/i18n/translate.ts';
import type { Locale } from '../../common/domain/settings.ts';
import { header } from '../../common/tunnel/protocol.ts';

/** An answer that the relay gives itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const translate = { en: createTranslate('en'), 'zh-CN': createTranslate('zh-CN') } as const;

/** JSON `{error:{code,trace}}`, or a small page for a client that asks for HTML; both name the code and the trace id. */
export function ownAnswer(
  status: number,
  code: ErrorCode,
  request: { readonly headers: IncomingHttpHeaders; readonly trace: string | null },
): OwnAnswer {
  const asPage = wantsHtml(request.headers.accept);
  const body = asPage
    ? page(status, code, localeOf(request.headers['accept-language']), request.trace)
    : JSON.stringify({ error: request.trace === null ? { code } : { code, trace: request.trace } });
  return {
    status,
    headers: {
      'content-type': asPage ? 'text/html; charset=utf-8' : 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      [header.source]: 'relay',
      [header.error]: code,
      ...(request.trace === null ? {} : { [header.trace]: request.trace }),
      ...(asPage
        ? { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }
        : {}),
    },
    body,
  };
}

/** The same as bytes of HTTP/1.1, for a socket that has no response object. */
export function rawAnswer(answer: OwnAnswer, reason: string): string {
  const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${reason}\r\n${fields.join('')}connection: close\r\n\r\n${answer.body}`;
}

function wantsHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const html = accept.indexOf('text/html');
  const json = accept.indexOf('application/json');
  return html !== -1 && (json === -1 || html < json);
}

function localeOf(wanted: string | undefined): Locale {
  const tags = (wanted ?? '').slice(0, 200).split(',');
  return chooseLocale(tags.map((tag) => (tag.split(';')[0] ?? '').trim()));
}

/** Nothing of the request stands in it, so there is nothing to escape: codes, trace ids and our own words only. */
function page(status: number, code: ErrorCode, locale: Locale, trace: string | null): string {
  const t = translate[locale];
  return `<!doctype html>
<html lang="${locale}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${code}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em}small{color:#666}</style>
<h1>${t(`errors.${code}.what`)}</h1>
<p>${t(`errors.${code}.do`)}</p>
<small>Causeway · ${status} · ${code}${trace === null ? '' : ` · ${trace}`}</small>
</html>
`;
}
