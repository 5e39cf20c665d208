export { createGateway } from './gateway.ts';
export { setWorkerThreads } from './worker-threads.ts';
export type * from './types.ts';
