export { applyProcessConfig, findConfigFile } from './before-start.ts';
export {
  checkConfigFile,
  DEFAULT_CONFIG,
  readConfigFile,
  type ConfigFile,
  type LoggingConfig,
} from './config-file.ts';
export { layerConfig, type LayeredStores } from './overlay.ts';
export { configError, type ConfigProblem } from './parse.ts';
export { checkReferences } from './references.ts';
