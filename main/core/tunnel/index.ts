export { createTunnelClient } from './client.ts';
export { tcpDialer, type Dialer, type Endpoint } from './dial.ts';
export { enrol, type EnrolInput } from './enrol.ts';
export type { DeviceIdentity } from './identity.ts';
export type { TunnelClient, TunnelClientOptions, TunnelStats } from './types.ts';
