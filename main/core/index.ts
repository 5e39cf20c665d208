export { createCore } from './core.ts';
export { createFileSecretBox } from './secrets/file-box.ts';
export type { Caller, Core, CoreOptions, HostPorts, SecretBox } from './types.ts';
