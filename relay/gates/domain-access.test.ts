import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminKeyFile } from '../admin/key.ts';
import { ask } from '../testing/console.ts';
import { bothVersions, type PublicAnswer } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;

beforeAll(async () => {
  to = await startRelay();
  await to.connect({
    onStream: (stream) => {
      stream.respond({ ':status': 204 }, { endStream: true });
    },
  });
  to.relay.rules.setAccess('acme', { paths: ['/all/*'], sources: [] });
});
beforeEach(() => {
  for (const domain of ['bot.test', '*.wild.test']) {
    to.relay.rules.setDomainAccess('acme', domain, null);
  }
});
afterAll(() => to.close());

/** Binds or unbinds `a.wild.test` as the command line does. */
async function domains(action: string): Promise<number> {
  const key = (await readFile(adminKeyFile(to.dataDir), 'utf8')).trim();
  const { status } = await ask(`${to.relay.addresses.admin}/api/tunnels/acme/${action}`, {
    body: { domain: 'a.wild.test' },
    headers: { authorization: `Bearer ${key}` },
  });
  return status;
}

describe.each(bothVersions)('white-lists by domain over %s', (_version, call) => {
  const codeOf = ({ status, headers }: PublicAnswer): unknown =>
    status === 204 ? status : headers['x-causeway-error'];
  const at = async (host: string, path: string): Promise<unknown> =>
    codeOf(await call(to, { host, path }));

  it('takes those of the domain where it has some, else the tunnel’s', async () => {
    expect(await at('bot.test', '/all/1')).toBe(204);
    expect(await at('bot.test', '/own')).toBe('PATH_NOT_ALLOWED');
    to.relay.rules.setDomainAccess('acme', 'Bot.test', { paths: ['/own'], sources: [] });
    expect(await at('bot.test', '/own')).toBe(204);
    expect(await at('BOT.test:443', '/own')).toBe(204);
    expect(await at('bot.test', '/all/1')).toBe('PATH_NOT_ALLOWED');
    expect(await at('a.wild.test', '/all/1')).toBe(204);
    expect(await at('a.wild.test', '/own')).toBe('PATH_NOT_ALLOWED');
    to.relay.rules.setDomainAccess('acme', 'bot.test', null);
    expect(await at('bot.test', '/all/1')).toBe(204);
  });

  it('an empty list opens a domain that its tunnel restricts', async () => {
    to.relay.rules.setDomainAccess('acme', 'bot.test', { paths: [], sources: [] });
    expect(await at('bot.test', '/anything')).toBe(204);
    const elsewhere = { paths: [], sources: ['192.0.2.0/24'] };
    to.relay.rules.setDomainAccess('acme', 'bot.test', elsewhere);
    expect(await at('bot.test', '/all/1')).toBe('SOURCE_NOT_ALLOWED');
  });

  it('those of a wildcard are not for a domain that is bound beside it', async () => {
    to.relay.rules.setDomainAccess('acme', '*.wild.test', { paths: ['/wild'], sources: [] });
    expect(await at('a.wild.test', '/wild')).toBe(204);
    expect(await at('b.a.wild.test', '/wild')).toBe(204);
    expect(await domains('domains')).toBe(204);
    expect(await at('a.wild.test', '/wild')).toBe('PATH_NOT_ALLOWED');
    expect(await at('a.wild.test', '/all/1')).toBe(204);
    expect(await at('b.wild.test', '/wild')).toBe(204);
    expect(await domains('domains/remove')).toBe(204);
    expect(await at('a.wild.test', '/wild')).toBe(204);
  });
});
