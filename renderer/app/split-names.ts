/** Names as they are typed: parted by commas (also the full-width one), semicolons or white space; each once. */
export function splitNames(text: string): string[] {
  return [...new Set(text.split(/[\s,，;；、|]+/u).filter((name) => name !== ''))];
}
