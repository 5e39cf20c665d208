import { AppError } from '../../../common/errors/app-error.ts';
import { isSafeExternalUrl } from '../../../common/external-url.ts';
import type { Capability } from '../../../common/contract/define.ts';
import type { HostPorts } from '../types.ts';
import type { Handlers } from './dispatcher.ts';

type ShellHandlers = Pick<Handlers, 'shell.revealData' | 'shell.openExternal' | 'shell.quit'>;

/** The capabilities that a host offers: `desktop` only where it can do every native thing. */
export function offeredCapabilities(host: HostPorts): ReadonlySet<Capability> {
  const native = [host.revealData, host.openExternal, host.quit];
  const offered: Capability[] = ['read', 'manage', 'reveal', 'send'];
  return new Set(native.includes(undefined) ? offered : [...offered, 'desktop']);
}

export function shellHandlers(host: HostPorts): ShellHandlers {
  const need = <T>(port: T | undefined): T => {
    if (port === undefined) throw new AppError('FORBIDDEN');
    return port;
  };
  return {
    'shell.revealData': () => need(host.revealData)(),
    'shell.openExternal': ({ url }) => {
      if (!isSafeExternalUrl(url)) throw new AppError('BAD_INPUT', { field: 'url' });
      return need(host.openExternal)(url);
    },
    'shell.quit': () => need(host.quit)(),
  };
}
