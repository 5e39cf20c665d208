export type JsonObject = Readonly<Record<string, unknown>>;

/** `value` as an object that is no array; null for anything else. */
export function asObject(value: unknown): JsonObject | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : null;
}

/**
 * Reads a JSON object. Integers beyond 2^53 (WeCom's 64-bit ids) become strings, so that no digit is lost.
 * Returns null where the text is no JSON object.
 */
export function readJsonObject(text: string): JsonObject | null {
  const document = text.replace(/^\uFEFF/, '');
  try {
    const value: unknown = JSON.parse(document);
    // Only text that is known to be JSON is quoted: there every string ends, and the expression below stays linear.
    return asObject(/\d{16}/.test(document) ? JSON.parse(quoteLargeIntegers(document)) : value);
  } catch {
    return null;
  }
}

function quoteLargeIntegers(document: string): string {
  return document.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
