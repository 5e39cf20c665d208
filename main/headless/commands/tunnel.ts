import { join } from 'node:path';
import { createClient, type Client } from '../../../common/contract/client.ts';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import { createCore, createFileSecretBox, tunnelConfigPlace } from '../../core/index.ts';
import { systemLocale } from '../locale.ts';
import { version } from '../../../common/version.ts';
import { print, requireOwner, withRunning, type CommandContext } from './context.ts';
import { describeBriefly, describeStatus, describeTunnel } from './status.ts';

/** How long a command looks at a tunnel that was told to connect. */
const SETTLE_MS = 15_000;

export async function status(context: CommandContext, verbose: boolean): Promise<number> {
  const { io, words, dataDir } = context;
  const snapshot = await withRunning(dataDir, (client) => client.call('state.get'));
  const described = verbose
    ? describeStatus(snapshot, words, Date.now())
    : describeBriefly(snapshot, words);
  print(io.stdout, described);
  return snapshot.tunnel.state.phase === 'online' ? 0 : 1;
}

export async function connect(context: CommandContext): Promise<number> {
  return withRunning(context.dataDir, async (client) => {
    await client.call('tunnel.connect');
    return reportWhenSettled(client, context);
  });
}

export async function disconnect({ io, words, dataDir }: CommandContext): Promise<number> {
  const snapshot = await withRunning(dataDir, async (client) => {
    await client.call('tunnel.disconnect');
    return client.call('state.get');
  });
  print(io.stdout, describeTunnel(snapshot.tunnel, words));
  return 0;
}

/** Prints how connecting ended: 0 when online, 1 when refused, lost, or still under way after {@link SETTLE_MS}. */
export async function reportWhenSettled(
  client: Client,
  { io, words }: CommandContext,
): Promise<number> {
  const tunnel = await settled(client);
  if (tunnel.state.phase === 'connecting') {
    print(io.stderr, words.t('cli.tunnel.stillConnecting'));
    return 1;
  }
  const online = tunnel.state.phase === 'online';
  print(online ? io.stdout : io.stderr, describeTunnel(tunnel, words));
  return online ? 0 : 1;
}

async function settled(client: Client): Promise<Snapshot['tunnel']> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = client.on('state.changed', ({ patch }) => {
    if (patch.tunnel !== undefined && patch.tunnel.state.phase !== 'connecting') resolve();
  });
  const timer = setTimeout(resolve, SETTLE_MS);
  try {
    const { tunnel } = await client.call('state.get');
    if (tunnel.state.phase !== 'connecting') return tunnel;
    await promise;
    return (await client.call('state.get')).tunnel;
  } finally {
    clearTimeout(timer);
    end();
  }
}

/** A core of this command's own that enrols and does nothing else, for a service that does not run. */
export async function withOwnCore<T>(
  context: CommandContext,
  work: (client: Client) => Promise<T>,
  config?: string,
): Promise<T> {
  await requireOwner(context);
  const { io, dataDir } = context;
  const core = await createCore({
    dataDir,
    secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
    host: {},
    enrolOnly: true,
    tunnelConfig: tunnelConfigPlace(config),
    env: io.env,
    version,
    systemLocale: systemLocale(io.env),
    managementListen: { host: '127.0.0.1', port: 0 },
  });
  try {
    return await work(createClient(core.local));
  } finally {
    await core.stop();
  }
}
