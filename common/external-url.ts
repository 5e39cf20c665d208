const MAX_LENGTH = 2048;

/**
 * Whether an address may be handed to the system's browser: https, or http on this machine; no credentials; at most 2,048
 * characters. The only door for external addresses.
 */
export function isSafeExternalUrl(address: string): boolean {
  if (address.length > MAX_LENGTH) return false;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
