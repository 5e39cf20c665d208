import { chooseLocale } from '../../../common/i18n/translate.ts';
import { pageWords } from './words.ts';

/** The simulator's page in the language of `Accept-Language` (RFC 9110 §12.5.4; its order is taken as given). */
export function pageHtml(acceptLanguage: string): string {
  const wanted = acceptLanguage.split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  const locale = chooseLocale(wanted);
  const w = pageWords[locale];
  const e = escapeHtml;
  return `<!doctype html>
<html lang="${locale}" data-words="${e(JSON.stringify(w))}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${e(w.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/app.css">
<script type="module" src="/app.js"></script>
</head>
<body>
<header>
<h1>${e(w.title)}</h1>
<p>${e(w.lead)}</p>
</header>
<main>
<section aria-labelledby="conversation-title">
<div class="head">
<h2 id="conversation-title">${e(w.conversation)}</h2>
<label>${e(w.bot)} <select id="bot"></select></label>
<button type="button" id="verify" class="quiet">${e(w.verify)}</button>
</div>
<p id="notice" role="status"></p>
<div class="chat" tabindex="0" aria-labelledby="conversation-title">
<p class="empty" id="conversation-empty">${e(w.conversationEmpty)}</p>
<ol id="conversation" aria-live="polite"></ol>
</div>
<form id="compose">
<label>${e(w.kind)} <select id="kind"></select></label>
<label class="grow">${e(w.message)} <input id="text" maxlength="2000" autocomplete="off"></label>
<button type="submit" id="send">${e(w.send)}</button>
</form>
</section>
<section aria-labelledby="robots-title">
<div class="head"><h2 id="robots-title">${e(w.robots)}</h2></div>
<div class="chat" tabindex="0" aria-labelledby="robots-title">
<p class="empty" id="robots-empty">${e(w.robotsEmpty)}</p>
<ol id="robots" aria-live="polite"></ol>
</div>
</section>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
