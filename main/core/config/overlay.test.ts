import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../common/domain/log.ts';
import { createFileSecretBox } from '../secrets/file-box.ts';
import { openStores } from '../settings/index.ts';
import { botViews } from '../state/views.ts';
import { gatewayConfig } from '../state/gateway-config.ts';
import { tempDir } from '../testing/temp-dir.ts';
import type { ConfigFile, FileBot } from './config-file.ts';
import { layerConfig } from './overlay.ts';

const BOTS = 400;

it('looks at each bot of a file a few times, however many there are', async () => {
  const dir = tempDir();
  const box = await createFileSecretBox(`${dir}/secret.key`);
  const stored = await openStores(dir, box, silentLogger);
  onTestFinished(() => stored.close());
  stored.bots.save({
    id: 'stored',
    kind: 'app',
    name: '',
    receiveId: '',
    target: null,
    isDefault: false,
  });
  let looks = 0;
  const bots = Array.from({ length: BOTS }, (_, index): FileBot => ({
    get id() {
      looks += 1;
      return `bot-${index}`;
    },
    kind: 'app',
    name: '',
    receiveId: 'ww1',
    corpId: null,
    agentId: null,
    egress: 'auto',
    overflow: [],
    lateReply: null,
    apiBase: null,
    fetchMedia: false,
    target: null,
    isDefault: false,
    secrets: { token: `token${index}`, encoding_aes_key: 'k'.repeat(43) },
  }));
  const file: ConfigFile = {
    path: '/etc/gateway/config.toml',
    server: {},
    tunnel: {},
    logging: {},
    connectionPool: undefined,
    compression: undefined,
    security: {},
    storage: {},
    bots,
    targets: [],
    routes: [],
    services: [],
    apiKeys: [],
  };
  const stores = layerConfig(stored, () => file);
  const config = gatewayConfig(stores, file);
  const views = botViews(stores, new Map());
  expect(config.bots).toHaveLength(BOTS + 1);
  expect(config.bots.find(({ id }) => id === 'bot-7')?.token).toBe('token7');
  expect(views.filter(({ lockedBy }) => lockedBy === file.path)).toHaveLength(BOTS);
  expect(looks / BOTS).toBeLessThan(10);
});
