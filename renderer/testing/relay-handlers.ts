import { AppError } from '../../common/errors/app-error.ts';
import type { FakeHandlers, FakeHost } from './fake-host.ts';
import { exampleRequest } from './relays.ts';

/** Auth files and several relays, as the core handles them. */
export function relayHandlers(fake: FakeHost): FakeHandlers {
  const links = () => fake.snapshot().tunnel.links ?? [];
  const patch = (parts: Partial<ReturnType<FakeHost['snapshot']>['tunnel']>): void =>
    fake.patch({ tunnel: { ...fake.snapshot().tunnel, ...parts } });
  return {
    'tunnel.request': ({ relay }) => {
      const before = fake.snapshot().tunnel.request;
      const endpoint = relay?.endpoint ?? before?.endpoint ?? null;
      const made = exampleRequest(Date.now(), endpoint);
      const isOver = before === undefined || before.error?.code === 'ENROLMENT_REFUSED';
      const request = isOver ? { ...made, createdAt: Date.now() } : { ...before, endpoint };
      patch({ request });
      return { file: '{"version":1}', fingerprint: request.fingerprint };
    },
    'tunnel.cancelRequest': () => {
      const { request, ...rest } = fake.snapshot().tunnel;
      if (request === undefined) throw new AppError('NOT_FOUND');
      fake.patch({ tunnel: rest });
    },
    'tunnel.forgetRelay': ({ endpoint }) =>
      patch({ links: links().filter((link) => link.endpoint !== endpoint) }),
    'tunnel.reorderRelays': ({ endpoints }) =>
      patch({
        links: links().toSorted(
          (a, b) => endpoints.indexOf(a.endpoint) - endpoints.indexOf(b.endpoint),
        ),
      }),
  };
}
