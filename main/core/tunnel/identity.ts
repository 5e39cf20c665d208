/** Who this device is to its relay; made by enrolment, kept with its key sealed. */
export interface DeviceIdentity {
  readonly deviceId: string;
  /** Name of the tunnel that this device carries. */
  readonly tunnel: string;
  /** Public domains bound to the tunnel, as the relay last said. */
  readonly domains: readonly string[];
  /** The relay's control port. */
  readonly endpoint: { readonly host: string; readonly port: number };
  /** PKCS #8 PEM. A secret: it never leaves the device. */
  readonly privateKey: string;
  /** PEM of the certificate the relay issued for the key. */
  readonly certificate: string;
  /** PEM of the relay's CA, the only authority this device believes. */
  readonly ca: string;
  /** False where somebody else keeps the certificate young. */
  readonly renewable?: false;
}

/** `host:port` as people write it, IPv6 addresses in brackets. */
export function endpointText(endpoint: { readonly host: string; readonly port: number }): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}
