import { expect, test } from 'vitest';
import { chooseDataDir, type Surroundings } from './data-dir.ts';

const linux: Surroundings = {
  env: {},
  platform: 'linux',
  home: '/home/li',
  isRoot: false,
  ownsServiceDir: false,
};

test('what was asked for comes first, then the environment, then the place of the system', () => {
  const env = { CAUSEWAY_DATA_DIR: '/srv/env', XDG_DATA_HOME: '/xdg' };
  expect(chooseDataDir('/srv/asked', { ...linux, env })).toBe('/srv/asked');
  expect(chooseDataDir(undefined, { ...linux, env })).toBe('/srv/env');
  expect(chooseDataDir(undefined, { ...linux, env: { CAUSEWAY_DATA_DIR: '' } })).toBe(
    '/home/li/.local/share/causeway',
  );
  expect(chooseDataDir(undefined, { ...linux, env: { XDG_DATA_HOME: '/xdg' } })).toBe(
    '/xdg/causeway',
  );
  expect(chooseDataDir(undefined, { ...linux, isRoot: true })).toBe('/var/lib/causeway');
  expect(chooseDataDir(undefined, { ...linux, ownsServiceDir: true })).toBe('/var/lib/causeway');
  expect(chooseDataDir(undefined, { ...linux, platform: 'darwin', home: '/Users/li' })).toBe(
    '/Users/li/Library/Application Support/Causeway',
  );
  const windows = { ...linux, platform: 'win32', env: { APPDATA: '/AppData' } } as const;
  expect(chooseDataDir(undefined, windows)).toBe('/AppData/Causeway');
});
