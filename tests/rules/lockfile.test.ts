import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly integrity?: string;
        readonly resolved?: string;
        readonly link?: boolean;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

const read = async <T>(path: string): Promise<T> =>
  JSON.parse(await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')) as T;

it('the lockfile has an entry for every optional platform package', async () => {
  const { packages } = await read<Lock>('package-lock.json');
  const paths = Object.keys(packages);
  expect(paths.length).toBeGreaterThan(200);
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !paths.some((other) => other.endsWith(`node_modules/${name}`)) && path !== name,
    ),
  );
  expect(missing).toEqual([]);
});

it('the lockfile pins every package by hash', async () => {
  const { packages } = await read<Lock>('package-lock.json');
  const loose = Object.entries(packages)
    .filter(([path, entry]) => path !== '' && entry.link !== true && entry.integrity === undefined)
    .map(([path]) => path);
  expect(loose).toEqual([]);
});

it('the manifest allows the install script of esbuild alone and pins exact versions', async () => {
  const manifest = await read<{
    allowScripts: Record<string, boolean>;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  }>('package.json');
  expect(Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed)).toEqual([
    ['esbuild', true],
  ]);
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.keys(all)).not.toContain('@electron/remote');
  expect(Object.entries(all).filter(([, version]) => !/^\d/.test(version))).toEqual([]);
});
