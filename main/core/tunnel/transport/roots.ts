import tls from 'node:tls';

/** The authorities that this machine trusts: Node's own and the system's, where a company's inspection proxy is listed. */
export function trustedRoots(): string[] {
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}
