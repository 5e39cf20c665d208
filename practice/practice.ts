import { join } from 'node:path';
import { createClient } from '../common/contract/client.ts';
import { AppError } from '../common/errors/app-error.ts';
import { isErrorCode } from '../common/errors/codes.ts';
import { createCore } from '../main/core/index.ts';
import { createRelay } from '../relay/index.ts';
import { BOT_ID, PRACTICE_AGENT_ID, ROBOT_ID, saveBots } from './bots.ts';
import { newIdentity, readIdentity, saveIdentity, type Ports } from './identity.ts';
import { joinRelay, refuseForeign } from './join.ts';
import { createLateLogger } from './late-logger.ts';
import { portOrFree } from './listen.ts';
import { keepPublicTls, practiceNames } from './public-tls.ts';
import { startService } from './service.ts';
import { startSimulator, type Simulator } from './simulator/index.ts';
import type { Practice, PracticeBot, PracticeOptions } from './types.ts';

const HOST = '127.0.0.1';
/** Who may open the console of the practice relay. */
const RELAY_USER = 'practice';
const API_KEY_ID = 'practice';
/** Nothing outside waits for an answer, so that practice mode may end quickly. */
const DRAIN_MS = 2_000;

type Close = () => Promise<void>;

/**
 * Starts everything on this machine: simulator, answering service, relay, core; then enrols, saves the bots and has the
 * simulator check the callback address, all of it on the ways that an operator uses. A second start on the same data
 * directory finds everything again. Throws what its parts throw, CONFLICT where the directory belongs to a real relay, and
 * then leaves nothing running.
 */
export async function startPractice(options: PracticeOptions): Promise<Practice> {
  const opened: Close[] = [];
  try {
    return await start(options, opened);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function start(options: PracticeOptions, opened: Close[]): Promise<Practice> {
  const dir = join(options.dataDir, 'practice');
  const file = join(dir, 'practice.json');
  const identity = (await readIdentity(file)) ?? newIdentity();
  const tls = await keepPublicTls(dir, Date.now());
  const ports = await freePorts(identity.ports);
  const late = createLateLogger();

  const service = await startService({
    listen: { host: HOST, port: ports.service },
    secret: identity.targetSecret,
  });
  opened.push(() => service.close());
  const simulator = await startSimulator({
    listen: { host: HOST, port: ports.simulator },
    robots: [{ name: ROBOT_ID, key: identity.robotKey }],
    apps: [
      {
        name: BOT_ID,
        corpId: identity.corpId,
        secret: identity.appSecret,
        agentId: PRACTICE_AGENT_ID,
      },
    ],
  });
  opened.push(() => simulator.close());
  const relay = await createRelay({
    dataDir: join(dir, 'relay'),
    listen: {
      public: { host: HOST, port: ports.public },
      control: { host: HOST, port: ports.control },
      admin: { host: HOST, port: ports.admin },
    },
    controlHost: HOST,
    publicTls: { cert: tls.cert, key: tls.key },
    name: 'practice',
    fixedIp: HOST,
    egressAllow: [new URL(simulator.address).host],
    log: late.logger,
    version: options.version,
  });
  opened.push(() => relay.close(DRAIN_MS));
  const core = await createCore({
    ...options.core,
    dataDir: options.dataDir,
    version: options.version,
    managementListen: { host: HOST, port: ports.management },
    practice: { simulatorUrl: simulator.address, relayAdminUrl: relay.addresses.admin },
  });
  opened.push(() => core.stop(DRAIN_MS));
  late.attach(core.log);

  const client = createClient(core.local);
  refuseForeign(core.snapshot().tunnel);
  await saveIdentity(file, {
    ...identity,
    ports: {
      simulator: portOf(simulator.address),
      service: portOf(service.url),
      public: portOf(relay.addresses.public),
      control: portOf(`http://${relay.addresses.control}`),
      admin: portOf(relay.addresses.admin),
      management: portOf(core.gatewayAddress),
    },
  });
  const webhook = simulator.webhook(identity.robotKey);
  await saveBots(client, {
    identity,
    serviceUrl: service.url,
    webhook,
    wecomApi: simulator.address,
    locale: options.core.systemLocale,
  });
  await joinRelay(client, relay, practiceNames);

  const callback = `${relay.addresses.public}/wecom/callback/${BOT_ID}`;
  const { token, encodingAESKey } = identity;
  const app = { id: BOT_ID, kind: 'app', callback, token, encodingAESKey } as const;
  simulator.setBot({ ...app, receiveId: identity.corpId, ca: tls.ca });
  await verify(simulator);
  const apiKey = await core.createApiKey(API_KEY_ID, ['read', 'send', 'admin']);

  const bots: PracticeBot[] = [
    { ...app, receiveId: identity.corpId },
    { id: ROBOT_ID, kind: 'robot', webhook },
  ];
  let stopping: Promise<void> | null = null;
  return {
    core,
    ready: {
      gateway: core.gatewayAddress,
      public: relay.addresses.public,
      publicCa: tls.caFile,
      relayAdmin: relay.addresses.admin,
      simulator: simulator.address,
      apiKey,
      bots,
    },
    relayLogin: async () => {
      const password = await relay.oncePassword(RELAY_USER);
      return password === null ? null : { user: RELAY_USER, password };
    },
    stop: () => (stopping ??= closeAll(opened)),
  };
}

async function freePorts(wanted: Ports): Promise<Ports> {
  const free = (port: number): Promise<number> => portOrFree(HOST, port);
  return {
    simulator: await free(wanted.simulator),
    service: await free(wanted.service),
    public: await free(wanted.public),
    control: await free(wanted.control),
    admin: await free(wanted.admin),
    management: await free(wanted.management),
  };
}

/** Checks the callback address as WeCom's admin console does on saving it. */
async function verify(simulator: Simulator): Promise<void> {
  const { verdict, problem } = await simulator.verifyUrl(BOT_ID);
  if (verdict !== 'failed') return;
  throw new AppError(isErrorCode(problem) ? problem : 'ANSWER_TIMEOUT');
}

/** Ends the youngest first: the core drains while its relay still stands. One that fails does not keep the others. */
async function closeAll(opened: Close[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.splice(0).toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}
