import { chooseLocale, createTranslate } from '../../../common/i18n/translate.ts';

/** What a page without the console has to say. */
export type Notice = 'signIn' | 'linkSpent' | 'notBuilt' | 'refused' | 'tooMany';

const style = `
  :root { color-scheme: light dark; font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
  main { max-width: 34rem; padding: 32px; }
  h1 { font-size: 22px; font-weight: 600; margin: 0 0 12px; }
  p { margin: 0 0 12px; }
  code { font: 13px/1.6 ui-monospace, monospace; padding: 4px 8px; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; }
`;

/** A whole page in the reader's language; its only style element carries `nonce`. */
export function noticePage(
  notice: Notice,
  acceptLanguage: string | undefined,
  nonce: string,
): string {
  const locale = chooseLocale(wantedLanguages(acceptLanguage));
  const t = createTranslate(locale);
  const title = t(`cli.page.${notice}.title`);
  const command = notice === 'signIn' || notice === 'linkSpent' ? 'causeway login' : undefined;
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · Causeway</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${t(`cli.page.${notice}.text`)}</p>
${command === undefined ? '' : `<p><code>${command}</code></p>`}
</main>
</body>
</html>
`;
}

/** Language tags of Accept-Language (RFC 9110 §12.5.4), the most wanted first. */
export function wantedLanguages(header: string | undefined): string[] {
  return (header ?? '')
    .slice(0, 512)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.find((parameter) => parameter.trim().startsWith('q='));
      const weight = quality === undefined ? 1 : Number(quality.trim().slice(2));
      return { tag, weight: Number.isFinite(weight) ? weight : 0 };
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
