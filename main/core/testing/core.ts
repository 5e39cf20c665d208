import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { api, type Api } from '../../../common/contract/api.ts';
import type { CallName, In, Out } from '../../../common/contract/define.ts';
import { fromErrorInfo } from '../../../common/errors/app-error.ts';
import { createCore, createFileSecretBox, type Core, type CoreOptions } from '../index.ts';

/** A core on a directory of its own and free ports, stopped with the test. */
export async function startTestCore(
  dataDir: string,
  options: Partial<CoreOptions> = {},
): Promise<Core> {
  const core = await createCore({
    dataDir,
    secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
    host: {},
    version: '1.2.3',
    systemLocale: 'en',
    managementListen: { host: '127.0.0.1', port: 0 },
    ...options,
  });
  onTestFinished(() => core.stop(0));
  return core;
}

/** Calls as a host would and holds the answer to the contract; rejects with the error that came back. */
export async function callStrictly<K extends CallName<Api>>(
  core: Pick<Core, 'local'>,
  name: K,
  ...input: In<Api, K> extends void ? [] : [In<Api, K>]
): Promise<Out<Api, K>> {
  const reply = await core.local.call(name, input[0]);
  if (!reply.ok) throw fromErrorInfo(reply.error);
  return api[name].output.parse(reply.value) as Out<Api, K>;
}
