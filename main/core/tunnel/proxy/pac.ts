import type { Way } from './proxy.ts';

/**
 * Reads what a proxy auto-configuration answers for an address, e.g. `PROXY a.example:8080; HTTPS b.example:443; DIRECT`
 * (the form that Chromium's `resolveProxy` gives as well). Ways that this program cannot take (SOCKS) and what is malformed
 * are left out. Nothing at all means direct; nothing that can be taken is an empty list.
 */
export function parsePacResult(text: string): Way[] {
  const entries = text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) return ['direct'];
  return entries.flatMap((entry): Way[] => {
    if (/^DIRECT$/i.test(entry)) return ['direct'];
    const match =
      /^(PROXY|HTTP|HTTPS)\s+(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(entry);
    const host = match?.[2] ?? match?.[3];
    if (match === null || host === undefined) return [];
    const secure = match[1]?.toUpperCase() === 'HTTPS';
    const port = match[4] === undefined ? (secure ? 443 : 80) : Number(match[4]);
    return port >= 1 && port <= 65_535 ? [{ host, port, secure, credentials: null }] : [];
  });
}
