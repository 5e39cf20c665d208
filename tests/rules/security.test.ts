import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

async function sources(...folders: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || entry.name.includes('.test.')) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(relative(root, path), await readFile(path, 'utf8'));
    }
  }
  return found;
}

function filesWith(files: ReadonlyMap<string, string>, pattern: RegExp): string[] {
  return [...files].filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

it('no window weakens web security (security table, rows 6, 8–11)', async () => {
  const files = await sources('main');
  expect(files.size).toBeGreaterThan(20);
  expect(
    filesWith(
      files,
      /webSecurity|allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|allowpopups|bypassCSP|no-sandbox/,
    ),
  ).toEqual([]);
});

it('ipcMain and shell.openExternal have one user each (rows 15, 17)', async () => {
  const files = await sources('main', 'practice');
  expect(filesWith(files, /\bipcMain\b/)).toEqual([join('main', 'desktop', 'ipc.ts')]);
  expect(filesWith(files, /\bshell\.openExternal\(/)).toEqual([
    join('main', 'desktop', 'external.ts'),
  ]);
});

it('the renderer makes no HTML from text (row 7)', async () => {
  const files = await sources('renderer');
  expect(files.size).toBeGreaterThan(20);
  expect(
    filesWith(
      files,
      /dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|document\.write\(|\beval\(|new Function\(/,
    ),
  ).toEqual([]);
});

it('Electron is pinned, and its major is one that is supported (row 16)', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const version = manifest.devDependencies['electron'] ?? '';
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  // A major is supported until the third after it appears; a new one comes about every eight weeks.
  const endOfSupport: Readonly<Record<string, string>> = {
    '44': '2027-02-01',
    '45': '2027-04-01',
    '46': '2027-06-01',
  };
  const end = endOfSupport[version.split('.')[0] ?? ''];
  expect(end, 'add the major with its end of support').toBeDefined();
  expect(Date.now()).toBeLessThan(Date.parse(end ?? ''));
});

it('preload is small', async () => {
  const text = await readFile(join(root, 'main', 'preload', 'index.ts'), 'utf8');
  expect(text.split('\n').length).toBeLessThan(40);
});
