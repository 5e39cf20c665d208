/** `name` as an id: lower-case letters, digits and dashes; what cannot be written so, as `fallback`. The first that is free. */
export function suggestId(
  name: string,
  fallback: string,
  taken: readonly { readonly id: string }[],
): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
  return freeId(words === '' ? fallback : words, taken);
}

/** `wanted`, with the first number behind it that nobody has. */
export function freeId(wanted: string, taken: readonly { readonly id: string }[]): string {
  const ids = new Set(taken.map(({ id }) => id));
  let id = wanted;
  for (let number = 2; ids.has(id); number += 1) id = `${wanted.slice(0, 56)}-${String(number)}`;
  return id;
}
