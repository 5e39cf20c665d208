import type { LogEntry } from '../../common/domain/log.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { Settings } from '../../common/domain/settings.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { createFakeHost, type FakeHost } from './fake-host.ts';
import { exampleLog } from './logs.ts';
import { exampleDetail, exampleReplay, exampleRow, exampleRows } from './messages.ts';
import { savingHandlers } from './saving.ts';
import { relayHandlers } from './relay-handlers.ts';
import { scenario, type ScenarioName } from './scenarios.ts';
import { exampleOutbox, sendingHandlers } from './sending.ts';

/** Pace of made-up traffic, milliseconds. */
const TRAFFIC_MS = 900;
const ANSWER_MS = 350;

/** A fake host that behaves: it connects, enrols, saves, and lists messages and log lines of a scenario. */
export function createExampleHost(
  name: ScenarioName,
  now: number,
  settings: Partial<Settings> = {},
): { readonly fake: FakeHost; startTraffic(): () => void } {
  const start = scenario(name, now);
  const fake = createFakeHost({
    snapshot: {
      ...start,
      settings: { ...start.settings, values: { ...start.settings.values, ...settings } },
    },
  });
  const silent = ['unenrolled', 'empty', 'authFile', 'turnedDown'].includes(name);
  let rows: MessageRow[] = silent ? [] : exampleRows(140, now);
  const log: LogEntry[] = exampleLog(silent ? 40 : 2400, now);

  const online = (): void => {
    const { state, links } = scenario('online', Date.now()).tunnel;
    fake.patch({ tunnel: { ...fake.snapshot().tunnel, state, links } });
  };

  fake.on({
    'tunnel.connect': () => {
      const { tunnel } = fake.snapshot();
      fake.patch({
        tunnel: { ...tunnel, state: { phase: 'connecting', attempt: 1, since: Date.now() } },
      });
      setTimeout(online, 900);
    },
    'tunnel.disconnect': () =>
      fake.patch({ tunnel: { ...fake.snapshot().tunnel, state: { phase: 'stopped' } } }),
    'tunnel.forget': () =>
      fake.patch({ tunnel: scenario('unenrolled', Date.now()).tunnel, certificates: [] }),
    'tunnel.enrol': ({ token }) => {
      decodeToken(token);
      const enrolled = scenario('empty', Date.now());
      fake.patch({
        tunnel: {
          ...enrolled.tunnel,
          state: { phase: 'connecting', attempt: 1, since: Date.now() },
        },
        certificates: enrolled.certificates,
      });
      setTimeout(online, 900);
    },
    ...relayHandlers(fake),
    'settings.update': (patch) => {
      const { settings: current } = fake.snapshot();
      for (const key of Object.keys(patch)) {
        const source = current.locked[key];
        if (source !== undefined) throw new AppError('SETTINGS_LOCKED', { key, source });
      }
      const given = Object.fromEntries(
        Object.entries(patch).filter(([, value]) => value !== undefined),
      );
      fake.patch({ settings: { ...current, values: { ...current.values, ...given } } });
    },
    ...savingHandlers(fake),
    'messages.list': (query) => {
      const found = rows.filter(
        (row) =>
          (query.bot === undefined || row.bot === query.bot) &&
          (query.direction === undefined || row.direction === query.direction) &&
          (query.outcome === undefined || row.outcome === query.outcome) &&
          (query.search === undefined ||
            [row.id, row.msgId, row.from, row.type].some(
              (part) => part?.includes(query.search ?? '') === true,
            )),
      );
      const from =
        query.before === undefined ? 0 : found.findIndex((row) => row.id === query.before) + 1;
      const page = found.slice(from, from + query.limit);
      return { rows: page, more: from + page.length < found.length };
    },
    'messages.redrive': ({ ids }) => {
      const dead = rows.filter(
        (row) => row.outcome === 'failed' && (ids === undefined || ids.includes(row.id)),
      );
      const again = dead.map((row) => ({ ...row, outcome: 'replied' as const, error: null }));
      const byId = new Map(again.map((row) => [row.id, row]));
      rows = rows.map((row) => byId.get(row.id) ?? row);
      fake.emit('messages.changed', { rows: again });
      return { messages: again.length };
    },
    'messages.replay': ({ destination }) => {
      const replay = exampleReplay(destination, Date.now());
      fake.emit('replay.changed', { replays: [replay] });
      return replay;
    },
    'messages.replays': () => ({ replays: [] }),
    'messages.cancelReplay': () => undefined,
    'messages.get': ({ id }) => {
      const row = rows.find((each) => each.id === id);
      if (row === undefined) throw new AppError('NOT_FOUND');
      return exampleDetail(row);
    },
    ...sendingHandlers(() => (silent ? [] : exampleOutbox(now))),
    'logs.recent': ({ after, limit }) => ({
      entries: log.filter((entry) => after === undefined || entry.seq > after).slice(-limit),
    }),
    'shell.openExternal': () => undefined,
    'shell.revealData': () => undefined,
    'shell.quit': () => undefined,
  });

  return {
    fake,
    startTraffic() {
      let index = rows.length;
      const timer = setInterval(() => {
        index += 1;
        const row = exampleRow(index, Date.now());
        rows = [row, ...rows].slice(0, 500);
        fake.emit('messages.changed', {
          rows: [{ ...row, outcome: 'pending', durationMs: null, error: null }],
        });
        setTimeout(() => fake.emit('messages.changed', { rows: [row] }), ANSWER_MS);
      }, TRAFFIC_MS);
      return () => clearInterval(timer);
    },
  };
}
