import { AppError } from '../../../common/errors/app-error.ts';
import { compileMatcher } from '../../../common/domain/route-match.ts';
import type { Stores } from '../settings/index.ts';
import type { ConfigFile } from './config-file.ts';

/**
 * Checks what a file alone cannot show: that the targets and bots it names exist, there or in the settings, and that the patterns of
 * its routes can be compiled. Throws CONFIG_INVALID {file, key, allowed}.
 */
export function checkReferences(
  config: ConfigFile,
  stores: Pick<Stores, 'targets' | 'bots'>,
): void {
  const { path: file } = config;
  const targets = new Set([
    ...config.targets.map(({ id }) => id),
    ...stores.targets.list().map(({ id }) => id),
  ]);
  const bots = new Set([
    ...config.bots.map(({ id }) => id),
    ...stores.bots.list().map(({ id }) => id),
  ]);
  const need = (known: ReadonlySet<string>, id: string | null, key: string): void => {
    if (id === null || known.has(id)) return;
    const allowed = [...known].toSorted().join(', ');
    throw new AppError('CONFIG_INVALID', { file, key, reason: 'unknown_name', allowed });
  };
  for (const [index, bot] of config.bots.entries()) {
    need(targets, bot.target, `bots[${index}].target`);
    for (const other of bot.overflow) need(bots, other, `bots[${index}].overflow`);
    const [, robot = null] = /^robot:(.+)$/.exec(bot.lateReply ?? '') ?? [];
    need(bots, robot, `bots[${index}].late_reply`);
  }
  for (const [index, route] of config.routes.entries()) {
    for (const { id } of route.targets) need(targets, id, `routes[${index}].target`);
    for (const id of route.match.bots) need(bots, id, `routes[${index}].bot`);
    try {
      compileMatcher(route);
    } catch (cause) {
      const key = `routes[${index}].pattern`;
      const allowed = 'a regular expression without back references and look-around';
      throw new AppError('CONFIG_INVALID', { file, key, reason: 'value', allowed }, { cause });
    }
  }
  for (const [index, service] of config.services.entries()) {
    for (const { id } of service.targets) need(targets, id, `services[${index}].target`);
  }
  for (const [index, { target }] of config.apiKeys.entries()) {
    need(targets, target ?? null, `api.keys[${index}].target`);
  }
}
