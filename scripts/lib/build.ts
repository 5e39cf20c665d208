import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as esbuild, type BuildOptions } from 'esbuild';
import { out, root, say } from './paths.ts';

const SOURCES = ['common', 'main', 'gateway', 'relay', 'practice', 'renderer', 'package.json'];
const STAMP = join(out, '.built');

/** What the gateway starts as a thread of its own; it looks for it beside the program. */
const threads = { 'inbox-writer': 'gateway/inbox/write-thread-program.ts' };

const node: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
  absWorkingDir: root,
  define: { __VERSION__: '""' },
};

/** Bundles programs that run on Node (name → source, from the root) into a folder, with the threads that they start. */
export async function bundlePrograms(
  programs: Readonly<Record<string, string>>,
  outdir: string,
  version: string,
): Promise<void> {
  await esbuild({
    ...node,
    define: { __VERSION__: JSON.stringify(version) },
    format: 'esm',
    splitting: true,
    banner: { js: '#!/usr/bin/env node' },
    entryPoints: { ...programs, ...threads },
    outdir,
  });
  // npm links the commands to these files and makes them executable only once, when it makes the links.
  for (const name of Object.keys(programs)) await chmod(join(outdir, `${name}.js`), 0o755);
}

/** The command line of both sides. */
function buildPrograms(version: string): Promise<void> {
  const programs = {
    causeway: 'main/headless/bin/causeway.ts',
    gateway: 'main/headless/bin/gateway.ts',
    'tunnel-client': 'main/headless/bin/tunnel-client.ts',
    // A module that `causeway relay` hands over to, and the command of that name.
    relay: 'relay/cli/index.ts',
    'relay-command': 'main/headless/bin/relay.ts',
  };
  return bundlePrograms(programs, join(out, 'node'), version);
}

/** The desktop's main process (ESM) and its preload, which a sandboxed window needs as one CommonJS file. */
async function buildDesktop(version: string): Promise<void> {
  await Promise.all([
    esbuild({
      ...node,
      define: { __VERSION__: JSON.stringify(version) },
      format: 'esm',
      external: ['electron'],
      entryPoints: { main: 'main/desktop/index.ts', ...threads },
      outdir: join(out, 'desktop'),
    }),
    esbuild({
      ...node,
      packages: 'bundle',
      format: 'cjs',
      external: ['electron'],
      entryPoints: { preload: 'main/preload/index.ts' },
      outdir: join(out, 'desktop'),
      outExtension: { '.js': '.cjs' },
    }),
  ]);
}

async function buildRenderer(): Promise<void> {
  const { build } = await import('vite');
  await build({
    root: join(root, 'renderer'),
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'error',
  });
}

/** Builds everything anew. */
export async function buildAll(): Promise<void> {
  const started = performance.now();
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { version } = manifest as { version: string };
  await rm(out, { recursive: true, force: true });
  await Promise.all([buildPrograms(version), buildDesktop(version), buildRenderer()]);
  await writeFile(STAMP, new Date().toISOString());
  say(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

/** Builds when there is no build, or when a source is younger than it. */
export async function buildIfStale(): Promise<void> {
  if (existsSync(STAMP)) {
    const built = (await stat(STAMP)).mtimeMs;
    let newest = 0;
    for (const source of SOURCES) newest = Math.max(newest, await newestChange(join(root, source)));
    if (newest <= built) return;
  }
  say('Building Causeway …');
  await buildAll();
}

async function newestChange(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  let newest = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.includes('.test.')) continue;
    newest = Math.max(newest, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  }
  return newest;
}
