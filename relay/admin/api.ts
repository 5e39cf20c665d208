import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { TunnelAccess } from '../../common/domain/relay/tunnel-rules.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Held } from '../held.ts';
import type { Metrics } from '../metrics.ts';
import type { Recoveries } from '../recoveries.ts';
import type { Registry } from '../registry/registry.ts';
import type { Actor } from '../store/audit.ts';
import type { Store } from '../store/index.ts';
import type { RuleBook } from '../tunnel-rules.ts';
import type { Tunnels } from '../tunnels.ts';
import { resetPassword } from './accounts.ts';
import { addressOf, sendAudit } from './console.ts';
import { read } from './errors.ts';

export interface ApiOptions {
  readonly version: string;
  readonly name: string;
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly store: Store;
  readonly tunnels: Tunnels;
  readonly rules: RuleBook;
  readonly recoveries: Recoveries;
  readonly held: Held;
  readonly now: () => number;
}

const TunnelInput = z.strictObject({
  name: z.string().max(64),
  domains: z.array(z.string().max(255)).max(100),
});
const TokenInput = z.strictObject({ ttlMs: z.int() });
const DomainInput = z.strictObject({ domain: z.string().min(1).max(255) });
/** Null takes the tunnel's. */
const AccessInput = z.union([
  z.strictObject({ access: TunnelAccess }),
  z.strictObject({ domain: z.string().min(1).max(255), access: TunnelAccess.nullable() }),
]);
const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  before: z.coerce.number().int().min(1).optional(),
});

/** Health and metrics, for everybody who reaches the port. */
export function openRoutes(
  app: FastifyInstance,
  { metrics, version, name, registry }: ApiOptions,
): void {
  app.get('/api/health', async () => ({
    status: 'ok',
    name,
    version,
    sessions: registry.sessions().length,
  }));
  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}

const by = (request: Parameters<typeof addressOf>[0]): Actor => ({
  name: 'admin-key',
  address: addressOf(request),
});

/** What the command line asks for, with the admin key. */
export function keyRoutes(app: FastifyInstance, options: ApiOptions): void {
  const { tunnels, rules, registry, store } = options;
  app.get('/api/tunnels', async () => ({ tunnels: tunnels.list() }));
  app.post('/api/tunnels', async (request, reply) => {
    reply.status(201);
    return tunnels.create(read(TunnelInput, request.body), by(request.raw));
  });
  app.post<{ Params: { name: string } }>('/api/tunnels/:name/tokens', async (request, reply) => {
    const { ttlMs } = read(TokenInput, request.body);
    reply.status(201).header('cache-control', 'no-store');
    return { token: tunnels.createToken(request.params.name, ttlMs, by(request.raw)) };
  });
  app.post<{ Params: { name: string } }>('/api/tunnels/:name/domains', async (request, reply) => {
    tunnels.bind(request.params.name, read(DomainInput, request.body).domain, by(request.raw));
    return reply.status(204).send();
  });
  app.post<{ Params: { name: string } }>(
    '/api/tunnels/:name/domains/remove',
    async (request, reply) => {
      tunnels.unbind(request.params.name, read(DomainInput, request.body).domain, by(request.raw));
      return reply.status(204).send();
    },
  );
  app.get<{ Params: { name: string } }>('/api/tunnels/:name/access', async (request) => {
    const { name } = request.params;
    const found = rules.of(name);
    if (found === null) throw new AppError('NOT_FOUND', { tunnel: name.slice(0, 64) });
    return { access: found.access, domains: found.domains };
  });
  app.post<{ Params: { name: string } }>('/api/tunnels/:name/access', async (request, reply) => {
    const { name } = request.params;
    const input = read(AccessInput, request.body);
    if ('domain' in input) {
      rules.setDomainAccess(name, input.domain, input.access, by(request.raw));
    } else rules.setAccess(name, input.access, by(request.raw));
    return reply.status(204).send();
  });
  attentionRoutes(app, options);
  app.get('/api/sessions', async () => ({
    sessions: registry.sessions().map((session) => ({
      id: session.id,
      tunnel: session.tunnel,
      deviceId: session.deviceId,
      generation: session.generation,
      index: session.index,
      openedAt: session.openedAt,
      inFlight: session.inFlight,
      requests: session.carried,
      roundTripMs: session.pulse.roundTrip(),
    })),
  }));
  app.post<{ Params: { id: string } }>('/api/devices/:id/revoke', async (request, reply) => {
    tunnels.revokeDevice(request.params.id, by(request.raw));
    return reply.status(204).send();
  });
  app.get('/api/audit', async (request) => {
    const { limit, before } = read(AuditQuery, request.query);
    return { entries: store.audit.list({ limit, ...(before === undefined ? {} : { before }) }) };
  });
  app.get('/api/audit/verify', async () => store.audit.verify());
  app.get('/api/audit/lines', async (_request, reply) => sendAudit(reply, store.audit));
  app.post<{ Params: { user: string } }>('/api/admins/:user/password', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { user } = request.params;
    return { user, password: await resetPassword(store, user, options.now(), by(request.raw)) };
  });
}

/** What waits for somebody: renewals of expired certificates, and callbacks that are held. */
function attentionRoutes(app: FastifyInstance, { recoveries, held }: ApiOptions): void {
  app.get('/api/recoveries', async () => ({ recoveries: recoveries.list() }));
  app.post<{ Params: { id: string } }>('/api/recoveries/:id/approve', async (request, reply) => {
    recoveries.approve(request.params.id, by(request.raw));
    return reply.status(204).send();
  });
  app.post<{ Params: { id: string } }>('/api/recoveries/:id/refuse', async (request, reply) => {
    recoveries.refuse(request.params.id, by(request.raw));
    return reply.status(204).send();
  });
  app.get('/api/held', async () => ({ tunnels: held.views() }));
  app.post<{ Params: { name: string } }>('/api/held/:name/deliver', async (request, reply) => {
    held.deliver(request.params.name, by(request.raw));
    return reply.status(204).send();
  });
  app.post<{ Params: { name: string } }>('/api/held/:name/forget', async (request) => ({
    count: held.forget(request.params.name, by(request.raw)),
  }));
}
