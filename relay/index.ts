export { createRelay, type RelayParts, type RunningRelay } from './relay.ts';
export type { DeviceRecord, Listen, Relay, RelayOptions, TunnelRecord } from './types.ts';
export type { Gate, Refusal } from './ingress/gate.ts';
export type { RequestHead } from './ingress/request-head.ts';
export type { IngressLimits } from './ingress/limits.ts';
export type { PublicTls } from './ingress/server.ts';
export { selfSignedPublic } from './ca/server-certificate.ts';
