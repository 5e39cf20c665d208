/** Path of the default bot's callback; `/wecom/callback/{bot}` is each bot's own. */
export const CALLBACK_PATH = '/wecom/callback';

/** Longest path and query that are looked at. */
const MAX_TARGET = 16_384;

export interface CallbackAddress {
  /** Null for the default bot. */
  readonly bot: string | null;
  /** URL-decoded; the first value where a name comes twice. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Takes a request target apart. Null where it is no callback's. `+` stays `+`: WeCom's base64 values are percent-encoded,
 * and a proxy that undid that must not turn them into spaces (wecom.md §3.1).
 */
export function parseCallbackAddress(target: string): CallbackAddress | null {
  if (target.length > MAX_TARGET) return null;
  const [path = '', query = ''] = split(target, '?');
  if (path !== CALLBACK_PATH && !path.startsWith(`${CALLBACK_PATH}/`)) return null;
  const name = decode(path.slice(CALLBACK_PATH.length + 1));
  if (name === null) return null;
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    const [key = '', value = ''] = split(pair, '=').map(decode);
    if (key === null || value === null) return null;
    if (!values.has(key)) values.set(key, value);
  }
  return { bot: name === '' ? null : name, query: values };
}

function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
