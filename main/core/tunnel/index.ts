export {
  createAuthFile,
  csrFingerprint,
  pickUp,
  readAuthFile,
  type PickUpInput,
} from './auth-file.ts';
export { createTunnelClient } from './client.ts';
export { tcpDialer, type Dialer, type Endpoint } from './dial.ts';
export { parseEndpoint } from './endpoint.ts';
export { enrol, type EnrolInput } from './enrol.ts';
export type { RelayTrust } from './enrol-connection.ts';
export type { HealthOptions } from './health.ts';
export { endpointText, type DeviceIdentity } from './identity.ts';
export { environmentProxy, type Environment } from './proxy/environment.ts';
export { parsePacResult } from './proxy/pac.ts';
export { parseProxyUrl, type Proxy, type ProxySource, type Way } from './proxy/proxy.ts';
export { requireMatch } from './renewal.ts';
export { createDialer, type TransportOptions } from './transport/dialer.ts';
export { createTunnel } from './tunnel.ts';
export type {
  LinkStats,
  LinkWay,
  Tunnel,
  TunnelClient,
  TunnelClientOptions,
  TunnelOptions,
  TunnelStats,
} from './types.ts';
