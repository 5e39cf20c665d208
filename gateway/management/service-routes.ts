import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { Service, ServiceId, ServiceView } from '../../common/domain/service.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { ServiceEditor } from '../types.ts';
import { bearerKey, type Authorize, type Scope } from './keys.ts';
import { failure, nothing, security, success } from './openapi.ts';
import { jsonSchema, parse } from './schemas.ts';

const Params = z.object({ id: ServiceId });
const Body = Service.omit({ id: true });
const List = z.object({ services: z.array(ServiceView) });

export interface ServiceRoutes {
  /** Null where nobody stores them. */
  readonly services: ServiceEditor | null;
  readonly authorize: Authorize;
  readonly log: Logger;
}

/** Published services: what they do, and their configuration. */
export function registerServices(app: FastifyInstance, options: ServiceRoutes): void {
  const { services, log } = options;
  const requires = (scope: Scope) => ({
    onRequest: async (request: FastifyRequest) =>
      void options.authorize(bearerKey(request.headers), scope),
  });
  const who = (request: FastifyRequest): string =>
    options.authorize(bearerKey(request.headers), 'admin').id;
  const editor = (): ServiceEditor => {
    if (services === null) throw new AppError('NOT_FOUND');
    return services;
  };
  const params = jsonSchema(Params, 'input');
  const locked = { 409: failure('The configuration file defines it; it is changed there.') };
  const done = { 204: nothing('Done, and in force.') };

  app.get(
    '/api/services',
    {
      ...requires('read'),
      schema: {
        summary: 'Published services with what they do now',
        security,
        response: { 200: success('All of them.', jsonSchema(List, 'output')) },
      },
    },
    async () => ({ services: services?.list() ?? [] }),
  );

  app.put(
    '/api/services/:id',
    {
      ...requires('admin'),
      schema: {
        summary: 'Publish a service, or change it',
        description: 'Its targets have to be there already, and have a URL.',
        security,
        params,
        body: jsonSchema(Body, 'input'),
        response: {
          ...done,
          400: failure('The service cannot be published like this.'),
          404: failure('There is no such target.'),
          ...locked,
          429: failure('Another change is being made.'),
        },
      },
    },
    async (request, reply) => {
      const { id } = parse(Params, request.params);
      await editor().save({ id, ...parse(Body, request.body) });
      log.info({ audit: 'services.save', key: who(request), service: id }, 'service published');
      return reply.code(204).send();
    },
  );

  app.delete(
    '/api/services/:id',
    {
      ...requires('admin'),
      schema: {
        summary: 'No longer publish a service',
        description: 'Its targets stay.',
        security,
        params,
        response: { ...done, 404: failure('There is no such service.'), ...locked },
      },
    },
    async (request, reply) => {
      const { id } = parse(Params, request.params);
      await editor().remove(id);
      log.info({ audit: 'services.remove', key: who(request), service: id }, 'service withdrawn');
      return reply.code(204).send();
    },
  );
}
