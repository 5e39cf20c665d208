import type { BotInput, BotView, TargetInput, TargetView } from '../../common/domain/bot.ts';
import { Route } from '../../common/domain/route.ts';
import { viewSecret, type SecretView } from '../../common/domain/secret.ts';
import { noFigures } from '../../common/domain/service.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { plainBot } from './bots.ts';
import type { FakeHandlers, FakeHost } from './fake-host.ts';
import { workingTarget } from './targets.ts';

/** Bots, targets and routes as the core saves them: what is left out stays, and what is in use is not removed. */
export function savingHandlers(fake: FakeHost): FakeHandlers {
  const patchTargets = (change: (target: TargetView) => TargetView): void =>
    fake.patch({ targets: fake.snapshot().targets.map(change) });
  const patchBot = (id: string, change: (bot: BotView) => BotView): void =>
    fake.patch({
      bots: fake.snapshot().bots.map((bot) => (bot.id === id ? change(bot) : bot)),
    });
  return {
    'bots.save': (input) => fake.patch({ bots: put(fake.snapshot().bots, savedBot(input, fake)) }),
    'bots.rotate': ({ id, token, encodingAesKey }) =>
      patchBot(id, (bot) => ({
        ...bot,
        token: viewSecret(token),
        encodingAesKey: viewSecret(encodingAesKey),
        previousToken: bot.token,
        previousEncodingAesKey: bot.encodingAesKey,
        pairHits: { current: { count: 0, lastAt: null }, previous: bot.pairHits.current },
      })),
    'bots.retire': ({ id }) =>
      patchBot(id, (bot) => ({
        ...bot,
        previousToken: { set: false },
        previousEncodingAesKey: { set: false },
      })),
    'bots.remove': ({ id }) =>
      fake.patch({ bots: fake.snapshot().bots.filter((bot) => bot.id !== id) }),
    'targets.save': (input) =>
      fake.patch({ targets: put(fake.snapshot().targets, savedTarget(input, fake)) }),
    'targets.remove': ({ id }) => {
      const { bots, routes, services, targets } = fake.snapshot();
      const users = [
        ...bots.filter((bot) => bot.target === id),
        ...[...routes, ...services].filter((one) => one.targets.some((each) => each.id === id)),
      ];
      if (users.length > 0) {
        const usedBy = users.map((user) => user.id).join(', ');
        throw new AppError('CONFLICT', { kind: 'target', id, usedBy });
      }
      fake.patch({ targets: targets.filter((target) => target.id !== id) });
    },
    'targets.drain': ({ id, draining }) =>
      patchTargets((target) =>
        target.id === id ? { ...target, draining, state: draining ? 'draining' : 'up' } : target,
      ),
    'targets.createKey': () => ({ key: 'cwk_4f8Zr2mQx1VtB7nKc9LsWd3EyHg6JpAu' }),
    'routes.save': (input) =>
      fake.patch({
        routes: put(fake.snapshot().routes, { ...Route.parse(input), lockedBy: null }),
      }),
    'services.list': () => ({ services: fake.snapshot().services }),
    'services.save': (input) =>
      fake.patch({
        services: put(fake.snapshot().services, {
          ...(fake.snapshot().services.find(({ id }) => id === input.id) ?? noFigures),
          ...input,
          lockedBy: null,
        }),
      }),
    'services.remove': ({ id }) =>
      fake.patch({ services: fake.snapshot().services.filter((one) => one.id !== id) }),
    'routes.remove': ({ id }) =>
      fake.patch({ routes: fake.snapshot().routes.filter((route) => route.id !== id) }),
    'routes.reorder': ({ ids }) => {
      const { routes } = fake.snapshot();
      if (ids.length !== routes.length) throw new AppError('CONFLICT', { kind: 'route' });
      fake.patch({ routes: routes.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)) });
    },
  };
}

function put<T extends { readonly id: string }>(list: readonly T[], item: T): T[] {
  if (!list.some(({ id }) => id === item.id)) return [...list, item];
  return list.map((old) => (old.id === item.id ? item : old));
}

function secret(value: string | undefined, before: SecretView): SecretView {
  return value === undefined ? before : viewSecret(value);
}

function savedBot(input: BotInput, fake: FakeHost): BotView {
  const old = fake.snapshot().bots.find(({ id }) => id === input.id) ?? {
    ...plainBot,
    id: input.id,
    kind: input.kind,
    name: input.name,
  };
  return {
    ...old,
    kind: input.kind,
    name: input.name,
    receiveId: input.receiveId,
    token: secret(input.token, old.token),
    encodingAesKey: secret(input.encodingAesKey, old.encodingAesKey),
    webhook: secret(input.webhook, old.webhook),
    corpSecret: secret(input.corpSecret, old.corpSecret),
    corpId: input.corpId === undefined ? old.corpId : input.corpId,
    agentId: input.agentId === undefined ? old.agentId : input.agentId,
    egress: input.egress ?? old.egress,
    overflow: input.overflow ?? old.overflow,
    lateReply: input.lateReply === undefined ? old.lateReply : input.lateReply,
    apiBase: input.apiBase === undefined ? old.apiBase : input.apiBase,
    fetchMedia: input.fetchMedia ?? old.fetchMedia,
    target: input.target,
    isDefault: input.isDefault,
    callbackPath: input.kind === 'robot' ? null : `/wecom/callback/${input.id}`,
  };
}

function savedTarget(input: TargetInput, fake: FakeHost): TargetView {
  const old = fake.snapshot().targets.find(({ id }) => id === input.id) ?? {
    ...workingTarget,
    id: input.id,
    url: '',
    secret: { set: false } as const,
    healthy: null,
    p99Ms: null,
  };
  return {
    ...old,
    url: input.url,
    websocket: input.url === '',
    secret: secret(input.secret, old.secret),
    weight: input.weight ?? old.weight,
    priority: input.priority ?? old.priority,
    healthCheck: input.healthCheck === undefined ? old.healthCheck : input.healthCheck,
    timeoutMs: input.timeoutMs ?? old.timeoutMs,
    maxInFlight: input.maxInFlight ?? old.maxInFlight,
  };
}
