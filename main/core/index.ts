export { createCore } from './core.ts';
export {
  applyProcessConfig,
  checkConfigFile,
  configError,
  DEFAULT_CONFIG,
  findConfigFile,
  readConfigFile,
  type ConfigFile,
  type ConfigProblem,
} from './config/index.ts';
export { formatLine } from './logs/format.ts';
export {
  DEFAULT_TUNNEL_CONFIG,
  checkTunnelConfig,
  tunnelConfigPlace,
  type TunnelConfigPlace,
} from './config/tunnel-config.ts';
export { createFileSecretBox } from './secrets/file-box.ts';
export type { Caller, Core, CoreOptions, HostPorts, SecretBox } from './types.ts';
