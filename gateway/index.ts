export { createGateway } from './gateway.ts';
export { setWorkerThreads } from './worker-threads.ts';
export type * from './types.ts';
export type { CredentialHits } from './ingress/credential-hits.ts';
