import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundles } from '../../common/i18n/bundle.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const rooms = ['common', 'gateway', 'main', 'practice', 'relay', 'renderer'];

async function sources(): Promise<string[]> {
  const texts: string[] = [];
  for (const room of rooms) {
    const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const isSource = /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name);
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && isSource && !path.includes('/testing/')) {
        texts.push(await readFile(path, 'utf8'));
      }
    }
  }
  return texts;
}

/** Keys that are put together: `${…}` stands for anything that has no end of a word in it. */
function patternsOf(text: string): RegExp[] {
  return [...text.matchAll(/`([a-zA-Z]+\.[^`\s]*\$\{[^`\s]*)`/g)].map(([, template = '']) => {
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
    return new RegExp(`^${parts.join('[^\\s]+')}$`);
  });
}

it('every word of the bundles is said somewhere', async () => {
  const texts = await sources();
  expect(texts.length, 'too few files looked at').toBeGreaterThan(500);
  const literals = new Set(
    texts.flatMap((text) => [...text.matchAll(/['"`]([a-zA-Z0-9_.-]+)['"`]/g)].map((m) => m[1])),
  );
  const patterns = texts.flatMap(patternsOf);
  expect(patterns.length).toBeGreaterThan(30);
  const unused = Object.keys(bundles.en).filter(
    (key) => !literals.has(key) && !patterns.some((pattern) => pattern.test(key)),
  );
  expect(unused).toEqual([]);
});
