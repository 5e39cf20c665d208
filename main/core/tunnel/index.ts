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
export { endpointText, type DeviceIdentity } from './identity.ts';
export type { TunnelClient, TunnelClientOptions, TunnelStats } from './types.ts';
