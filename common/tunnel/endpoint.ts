/** Where a relay takes connections. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, an IPv6 address in brackets; the host in lower case. Null where it is neither. */
export function readEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || host.length > 253 || port < 1 || port > 65_535) return null;
  return { host: host.toLowerCase(), port };
}

/** Reads a SHA-256 fingerprint as consoles and OpenSSL print it, with colons or without; lower hex, or null. */
export function readFingerprint(text: string): string | null {
  const hex = text.replaceAll(/[\s:]/g, '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null;
}
