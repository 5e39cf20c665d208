import { hostname, platform } from 'node:os';
import type { DeviceFacts } from '../../../common/tunnel/control.ts';

/** What this machine says of itself to a relay. */
export function deviceFacts(version: string): DeviceFacts {
  return {
    hostname: hostname().slice(0, 255),
    platform: platform(),
    version: version.slice(0, 64),
  };
}
