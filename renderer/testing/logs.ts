import type { LogEntry } from '../../common/domain/log.ts';

const lines: readonly Omit<LogEntry, 'seq' | 'time'>[] = [
  {
    level: 'info',
    module: 'gateway',
    message: 'callback answered',
    fields: { bot: 'orders', type: 'text', ms: 62, outcome: 'replied' },
  },
  { level: 'debug', module: 'tunnel', message: 'heartbeat', fields: { session: 1, rttMs: 23.4 } },
  {
    level: 'info',
    module: 'gateway',
    message: 'callback answered',
    fields: { bot: 'helpdesk', type: 'image', ms: 118, outcome: 'accepted' },
  },
  {
    level: 'warn',
    module: 'gateway',
    message: 'target was too slow, answered empty',
    fields: { bot: 'orders', target: 'orders', ms: 4180 },
  },
  {
    level: 'info',
    module: 'tunnel',
    message: 'session registered',
    fields: { relay: 'relay-sh-1', generation: 4, session: 2 },
  },
  {
    level: 'error',
    module: 'gateway',
    message: 'target did not answer',
    fields: { target: 'helpdesk', code: 'TARGET_TIMEOUT', attempt: 3 },
  },
  { level: 'info', module: 'settings', message: 'settings changed', fields: { keys: 'logLevel' } },
  { level: 'debug', module: 'gateway', message: 'signature holds', fields: { bot: 'orders' } },
];

/** `count` lines up to `now`, oldest first. */
export function exampleLog(count: number, now: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const line = lines[(index * 5 + (index % 3)) % lines.length];
    if (line === undefined) throw new Error('no example lines');
    return { ...line, seq: index + 1, time: now - (count - index) * 1730 };
  });
}
