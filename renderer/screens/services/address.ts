import type { Service } from '../../../common/domain/service.ts';

/** Where a service is reached: its own host, or the first public address; null while none is known. */
export function publicAddress(
  { host, path }: Pick<Service, 'host' | 'path'>,
  publicUrls: readonly string[],
): string | null {
  const known = publicUrls.find((url) => host === null || URL.parse(url)?.hostname === host);
  const origin = known ?? (host === null ? null : `https://${host}`);
  return origin === null ? null : `${origin.replace(/\/+$/, '')}${path}`;
}

/** What a target is asked for when `path` and something below it is asked for. */
export function targetAddress(
  service: Pick<Service, 'path' | 'stripPath'>,
  url: string,
  below: string,
): string {
  const base = url.replace(/\?.*$/, '').replace(/\/+$/, '');
  const prefix = service.stripPath ? '' : service.path.replace(/\/+$/, '');
  return `${base}${prefix}${below}`;
}
