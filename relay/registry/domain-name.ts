import { AppError } from '../../common/errors/app-error.ts';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A domain in the form it is stored and compared: lower case, without a final dot. `*.` in front stands for one label or
 * more; an IP address stands for itself. Throws `BAD_INPUT`.
 */
export function normaliseDomain(text: string): string {
  const domain = text.trim().toLowerCase().replace(/\.$/, '');
  const labels = (domain.startsWith('*.') ? domain.slice(2) : domain).split('.');
  const wildcardTooWide = domain.startsWith('*.') && labels.length < 2;
  if (domain.length > 253 || wildcardTooWide || !labels.every((label) => LABEL.test(label))) {
    throw new AppError('BAD_INPUT', { field: 'domain', value: text.slice(0, 100) });
  }
  return domain;
}

/** The host of an authority (`host`, `host:port`, `[v6]:port`) as it is compared; empty when there is none. */
export function hostOf(authority: string): string {
  const lower = authority.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, Math.max(1, lower.indexOf(']')));
  const colon = lower.indexOf(':');
  const host = colon === -1 ? lower : lower.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
