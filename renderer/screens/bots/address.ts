/** The address at which WeCom reaches a path; null while the public address is not known. */
export function callbackAddress(publicUrl: string | null, path: string | null): string | null {
  if (publicUrl === null || path === null) return null;
  return `${publicUrl.replace(/\/+$/, '')}${path}`;
}
