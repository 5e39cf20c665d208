import { RELAY_CONTRACT_VERSION, type RelayApi } from '../../common/contract/relay-api.ts';
import type { Caller, HandlersOf } from '../../common/contract/dispatch.ts';
import type { Account } from '../../common/domain/relay/views.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Accounts } from '../admin/accounts.ts';
import type { AuthFiles } from '../auth-files.ts';
import type { Held } from '../held.ts';
import type { Recoveries } from '../recoveries.ts';
import type { AdminUser } from '../store/admin-users.ts';
import type { Actor } from '../store/audit.ts';
import type { Store } from '../store/index.ts';
import type { RuleBook } from '../tunnel-rules.ts';
import type { Tunnels } from '../tunnels.ts';
import type { Feed } from './feed.ts';
import type { Traffic } from './traffic.ts';

/** A signed-in user of the console. */
export interface ConsoleCaller extends Caller {
  readonly user: string;
  readonly address: string;
  /** Ends the other sessions of the user, and keeps this one alive across a change of its password. */
  readonly renewSession: () => void;
}

export interface HandlerOptions {
  readonly version: string;
  readonly store: Store;
  readonly tunnels: Tunnels;
  readonly rules: RuleBook;
  readonly authFiles: AuthFiles;
  readonly recoveries: Recoveries;
  readonly held: Held;
  readonly accounts: Accounts;
  readonly traffic: Traffic;
  readonly feed: Feed;
  readonly now: () => number;
}

type RelayHandlers = HandlersOf<RelayApi, ConsoleCaller>;

/** What each call of the relay's contract does. Every change is in the audit log, and in the state before it is answered. */
export function createHandlers(options: HandlerOptions): RelayHandlers {
  const { store, tunnels, rules, authFiles, recoveries, held, accounts, traffic, feed } = options;
  const by = ({ user, address }: ConsoleCaller): Actor => ({ name: user, address });
  /** Tells the consoles what `work` has changed. */
  const changing = <T>(work: () => T): T => {
    const result = work();
    feed.flush();
    return result;
  };
  const userOf = (caller: ConsoleCaller): AdminUser => {
    const user = store.admins.byName(caller.user);
    if (user === null) throw new AppError('UNAUTHENTICATED');
    return user;
  };

  return {
    'relay.info': (_, caller) => ({
      version: options.version,
      contract: RELAY_CONTRACT_VERSION,
      account: accountOf(userOf(caller)),
    }),
    'state.get': () => feed.snapshot(),

    'tunnels.create': (input, caller) => {
      changing(() => tunnels.create(input, by(caller)));
    },
    'tunnels.remove': ({ tunnel }, caller) => changing(() => tunnels.remove(tunnel, by(caller))),
    'domains.bind': ({ tunnel, domain }, caller) =>
      changing(() => tunnels.bind(tunnel, domain, by(caller))),
    'domains.unbind': ({ tunnel, domain }, caller) =>
      changing(() => tunnels.unbind(tunnel, domain, by(caller))),
    'access.set': ({ tunnel, access }, caller) =>
      changing(() => rules.setAccess(tunnel, access, by(caller))),
    'domains.setAccess': ({ tunnel, domain, access }, caller) =>
      changing(() => rules.setDomainAccess(tunnel, domain, access, by(caller))),
    'limits.set': ({ tunnel, limits }, caller) =>
      changing(() => rules.setLimits(tunnel, limits, by(caller))),
    'hold.set': ({ tunnel, hold }, caller) =>
      changing(() => rules.setHold(tunnel, hold, by(caller))),
    'recovery.set': ({ tunnel, mode }, caller) =>
      changing(() => rules.setRecovery(tunnel, mode, by(caller))),
    'spool.deliver': ({ tunnel }, caller) => changing(() => held.deliver(tunnel, by(caller))),
    'spool.forget': ({ tunnel }, caller) =>
      changing(() => ({ count: held.forget(tunnel, by(caller)) })),
    'gates.set': ({ tunnel, path, token }, caller) =>
      changing(() => rules.setGate(tunnel, { path, token }, by(caller))),
    'gates.remove': ({ tunnel, path }, caller) =>
      changing(() => rules.removeGate(tunnel, path, by(caller))),

    'tokens.create': ({ tunnel, ttlMs }, caller) => {
      const expiresAt = options.now() + ttlMs;
      return changing(() => ({ token: tunnels.createToken(tunnel, ttlMs, by(caller)), expiresAt }));
    },
    'tokens.revoke': ({ id }, caller) => changing(() => tunnels.revokeToken(id, by(caller))),

    'authFiles.upload': async ({ text }, caller) => {
      const fingerprint = await authFiles.upload(text, by(caller));
      return changing(() => ({ fingerprint }));
    },
    'authFiles.approve': async ({ fingerprint, tunnel }, caller) => {
      const deviceId = await authFiles.approve(fingerprint, tunnel, by(caller));
      return changing(() => ({ deviceId }));
    },
    'authFiles.refuse': ({ fingerprint }, caller) =>
      changing(() => authFiles.refuse(fingerprint, by(caller))),
    'authFiles.answer': ({ fingerprint }) => authFiles.answer(fingerprint),

    'recoveries.approve': ({ deviceId }, caller) =>
      changing(() => recoveries.approve(deviceId, by(caller))),
    'recoveries.refuse': ({ deviceId }, caller) =>
      changing(() => recoveries.refuse(deviceId, by(caller))),

    'devices.revoke': ({ id }, caller) => changing(() => tunnels.revokeDevice(id, by(caller))),

    'traffic.recent': () => ({ rows: traffic.recent() }),

    'audit.list': ({ before, limit, search }) => {
      const found = store.audit.list({
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
        ...(search === undefined ? {} : { search }),
      });
      return { rows: found.slice(0, limit), more: found.length > limit };
    },
    'audit.verify': () => store.audit.verify(),

    'account.update': ({ locale, theme }, caller) => {
      const account = userOf(caller);
      const next = { locale: locale ?? account.locale, theme: theme ?? account.theme };
      store.admins.setAppearance(account.id, next);
      return { user: account.user, ...next };
    },
    'account.password': async ({ current, next }, caller) => {
      await accounts.changePassword(caller.user, current, next, by(caller));
      caller.renewSession();
    },
  };
}

function accountOf({ user, locale, theme }: AdminUser): Account {
  return { user, locale, theme };
}
