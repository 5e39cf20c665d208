/** An id or a name as text: XML gives text, JSON also numbers. Null where there is none. */
export function readId(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const id = value.trim();
  return id === '' ? null : id;
}

/** A time in whole seconds since the epoch; null for anything else. */
export function readSeconds(value: unknown): number | null {
  const text = readId(value);
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
