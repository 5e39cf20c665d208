import type { LogEntry } from '../../common/domain/log.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import { Route } from '../../common/domain/route.ts';
import type { Settings } from '../../common/domain/settings.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { createFakeHost, type FakeHost } from './fake-host.ts';
import { exampleLog } from './logs.ts';
import { exampleDetail, exampleRow, exampleRows } from './messages.ts';
import { scenario, workingTarget, type ScenarioName } from './scenarios.ts';

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
  const silent = name === 'unenrolled' || name === 'empty';
  let rows: MessageRow[] = silent ? [] : exampleRows(140, now);
  const log: LogEntry[] = exampleLog(silent ? 40 : 2400, now);

  const online = (): void =>
    fake.patch({
      tunnel: { ...fake.snapshot().tunnel, state: scenario('online', Date.now()).tunnel.state },
    });

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
    'bots.save': (bot) => {
      const rest = fake.snapshot().bots.filter((each) => each.id !== bot.id);
      const old = fake.snapshot().bots.find((each) => each.id === bot.id);
      const secret = (
        value: string | undefined,
        before = { set: false } as const,
      ): { set: true; hint: string } | { set: false } =>
        value === undefined ? before : { set: true, hint: `…${value.slice(-3)}` };
      fake.patch({
        bots: [
          ...rest,
          {
            id: bot.id,
            kind: bot.kind,
            name: bot.name,
            token: bot.token === undefined && old !== undefined ? old.token : secret(bot.token),
            encodingAesKey:
              bot.encodingAesKey === undefined && old !== undefined
                ? old.encodingAesKey
                : secret(bot.encodingAesKey),
            receiveId: bot.receiveId,
            webhook:
              bot.webhook === undefined && old !== undefined ? old.webhook : secret(bot.webhook),
            target: bot.target,
            callbackPath: bot.kind === 'robot' ? null : `/wecom/callback/${bot.id}`,
            isDefault: bot.isDefault,
            lockedBy: null,
          },
        ],
      });
    },
    'bots.remove': ({ id }) =>
      fake.patch({ bots: fake.snapshot().bots.filter((bot) => bot.id !== id) }),
    'targets.save': ({ id, url, secret }) => {
      const rest = fake.snapshot().targets.filter((target) => target.id !== id);
      fake.patch({
        targets: [
          ...rest,
          {
            id,
            url,
            secret: secret === undefined ? { set: false } : { set: true, hint: '…' },
            ...workingTarget,
            healthy: null,
          },
        ],
      });
    },
    'targets.remove': ({ id }) =>
      fake.patch({ targets: fake.snapshot().targets.filter((target) => target.id !== id) }),
    'targets.drain': ({ id, draining }) =>
      fake.patch({
        targets: fake
          .snapshot()
          .targets.map((target) => (target.id === id ? { ...target, draining } : target)),
      }),
    'targets.createKey': () => ({ key: 'cwk_example' }),
    'routes.save': (route) => {
      const { routes } = fake.snapshot();
      const saved = { ...Route.parse(route), lockedBy: null };
      const known = routes.some(({ id }) => id === saved.id);
      fake.patch({
        routes: known
          ? routes.map((old) => (old.id === saved.id ? saved : old))
          : [...routes, saved],
      });
    },
    'routes.remove': ({ id }) =>
      fake.patch({ routes: fake.snapshot().routes.filter((route) => route.id !== id) }),
    'routes.reorder': ({ ids }) =>
      fake.patch({
        routes: fake.snapshot().routes.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
      }),
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
    'messages.get': ({ id }) => {
      const row = rows.find((each) => each.id === id);
      if (row === undefined) throw new AppError('NOT_FOUND');
      return exampleDetail(row);
    },
    'send.quota': () => ({ remaining: 17, resetAt: Date.now() + 34_000 }),
    'send.message': () => ({
      id: 'm_sent',
      outcome: 'delivered',
      errcode: 0,
      errmsg: 'ok',
      durationMs: 143,
      egress: { via: 'relay', ip: '203.0.113.24' },
      remaining: 16,
      at: Date.now(),
    }),
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
