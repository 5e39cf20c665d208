import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import * as z from 'zod';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Metrics } from '../metrics.ts';
import type { Registry } from '../registry/registry.ts';
import type { AuditStore } from '../store/audit.ts';
import type { Listen, TunnelRecord } from '../types.ts';
import { checkBearer } from './key.ts';

export interface AdminOptions {
  readonly listen: Listen;
  readonly key: string;
  readonly version: string;
  readonly name: string;
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly audit: AuditStore;
  readonly log: Logger;
  readonly tunnels: {
    list(): TunnelRecord[];
    create(input: { name: string; domains: readonly string[] }): TunnelRecord;
    createToken(tunnel: string, ttlMs: number): string;
    revokeDevice(deviceId: string): void;
  };
}

export interface AdminServer {
  /** `http://host:port` */
  readonly address: string;
  readonly close: () => Promise<void>;
}

const TunnelInput = z.strictObject({
  name: z.string().max(64),
  domains: z.array(z.string().max(255)).max(100),
});
const TokenInput = z.strictObject({ ttlMs: z.int() });
const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  before: z.coerce.number().int().min(1).optional(),
});

const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  UNAUTHENTICATED: 401,
  NOT_FOUND: 404,
  UNKNOWN_CALL: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  INTERNAL: 500,
};

/** The admin port: health and metrics for everybody who reaches it, the rest for the holder of the admin key. */
export async function openAdmin(options: AdminOptions): Promise<AdminServer> {
  const app = fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true });
  app.setErrorHandler((thrown, _request, reply) => sendError(reply, thrown, options.log));
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, new AppError('UNKNOWN_CALL'), options.log),
  );
  openRoutes(app, options);
  await app.register(async (guarded) => {
    const allowed = checkBearer(options.key);
    guarded.addHook('onRequest', async (request) => {
      if (!allowed(request.headers.authorization)) throw new AppError('UNAUTHENTICATED');
    });
    guardedRoutes(guarded, options);
  });
  try {
    const address = await app.listen(options.listen);
    return { address, close: () => app.close() };
  } catch (thrown) {
    await app.close();
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    throw new AppError('PORT_IN_USE', { port: options.listen.port }, { cause: thrown });
  }
}

function openRoutes(
  app: FastifyInstance,
  { metrics, version, name, registry }: AdminOptions,
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

function guardedRoutes(app: FastifyInstance, options: AdminOptions): void {
  const { tunnels, registry, audit } = options;
  app.get('/api/tunnels', async () => ({ tunnels: tunnels.list() }));
  app.post('/api/tunnels', async (request, reply) => {
    reply.status(201);
    return tunnels.create(read(TunnelInput, request.body));
  });
  app.post<{ Params: { name: string } }>('/api/tunnels/:name/tokens', async (request, reply) => {
    const { ttlMs } = read(TokenInput, request.body);
    reply.status(201).header('cache-control', 'no-store');
    return { token: tunnels.createToken(request.params.name, ttlMs) };
  });
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
    tunnels.revokeDevice(request.params.id);
    return reply.status(204).send();
  });
  app.get('/api/audit', async (request) => {
    const { limit, before } = read(AuditQuery, request.query);
    return { entries: audit.list(limit, before) };
  });
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('BAD_INPUT', { field: parsed.error.issues[0]?.path.join('.') ?? 'body' });
}

function sendError(reply: FastifyReply, thrown: unknown, log: Logger): FastifyReply {
  // fastify's own refusals (malformed JSON, too large, wrong media type) carry a status and are the caller's.
  const status = (thrown as { statusCode?: unknown }).statusCode;
  const error =
    thrown instanceof AppError || typeof status !== 'number' || status >= 500
      ? toErrorInfo(thrown)
      : toErrorInfo(new AppError(status === 413 ? 'TOO_LARGE' : 'BAD_INPUT', { field: 'body' }));
  if (error.code === 'INTERNAL') log.error({ err: thrown }, 'admin request failed');
  return reply.status(statuses[error.code] ?? 403).send({ error });
}
