import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Rooms of docs/architecture.md, and what each may import besides itself. A door is a file, a room a folder. */
const rooms: Readonly<Record<string, { readonly may: readonly string[]; readonly least: number }>> =
  {
    common: { may: [], least: 15 },
    gateway: { may: ['common'], least: 15 },
    relay: { may: ['common'], least: 15 },
    renderer: { may: ['common'], least: 20 },
    practice: {
      may: [
        'common',
        'relay/index.ts',
        'gateway/index.ts',
        'main/core/index.ts',
        'main/core/types.ts',
      ],
      least: 5,
    },
    'main/core': { may: ['common', 'gateway/index.ts', 'gateway/types.ts'], least: 15 },
    'main/desktop': {
      may: [
        'common',
        'main/core/index.ts',
        'main/core/types.ts',
        'practice/index.ts',
        'practice/types.ts',
      ],
      least: 5,
    },
    'main/preload': { may: ['common'], least: 1 },
    'main/headless': {
      may: [
        'common',
        'main/core/index.ts',
        'main/core/types.ts',
        'practice/index.ts',
        'practice/types.ts',
      ],
      least: 3,
    },
  };

const packagesOfCommon = ['zod'];
const electronRooms = ['main/desktop', 'main/preload'];

const IMPORT = /(?:\bfrom\s+|\bimport\s*\(\s*|^\s*import\s+)['"]([^'"]+)['"]/gm;

async function sources(room: string): Promise<string[]> {
  const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true });
  return (
    entries
      .filter(
        (entry) =>
          entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name),
      )
      .map((entry) => join(entry.parentPath, entry.name))
      // What tests of a room share may know more than the room; common is pure all through.
      .filter((path) => room === 'common' || !path.includes(`${sep}testing${sep}`))
  );
}

function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

async function imports(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? '');
}

describe.each(Object.entries(rooms))('%s', (room, { may, least }) => {
  it('imports only what it may', async () => {
    const files = await sources(room);
    expect(files.length, 'too few files looked at').toBeGreaterThanOrEqual(least);
    const wrong: string[] = [];
    for (const file of files) {
      for (const name of await imports(file)) {
        if (name.startsWith('.')) {
          const target = relative(root, resolve(dirname(file), name))
            .split(sep)
            .join('/');
          if (!inside(target, room) && !may.some((allowed) => inside(target, allowed))) {
            wrong.push(`${relative(root, file)} → ${target}`);
          }
        } else if (name === 'electron' && !electronRooms.includes(room)) {
          wrong.push(`${relative(root, file)} → electron`);
        } else if (room === 'common' && !packagesOfCommon.includes(name)) {
          wrong.push(`${relative(root, file)} → ${name}`);
        } else if (
          room === 'renderer' &&
          name.startsWith('node:') &&
          !file.endsWith('.config.ts')
        ) {
          wrong.push(`${relative(root, file)} → ${name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("WeCom's wire format", () => {
  it('is known to gateway/wecom, the relay’s signature gate and the simulator alone', async () => {
    const marks = /msg_signature|EncodingAESKey=|<Encrypt>/;
    const allowed = [
      /^gateway\/wecom\//,
      /^gateway\/ingress\//,
      /^relay\/gates\/signature\.ts$/,
      /^practice\//,
      /^common\/text\/redact\.ts$/,
    ];
    const wrong: string[] = [];
    for (const room of [
      'common',
      'gateway',
      'relay',
      'main/core',
      'main/headless',
      'main/desktop',
      'renderer',
    ]) {
      for (const file of await sources(room)) {
        const path = relative(root, file).split(sep).join('/');
        if (allowed.some((pattern) => pattern.test(path))) continue;
        if (marks.test(await readFile(file, 'utf8'))) wrong.push(path);
      }
    }
    expect(wrong).toEqual([]);
  });
});
