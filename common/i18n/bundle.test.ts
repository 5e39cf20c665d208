import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chooseLocale, createTranslate, type Entry } from './translate.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const areas = (await readdir(join(here, 'en'))).toSorted();

const read = async (locale: string, file: string): Promise<Record<string, Entry>> =>
  JSON.parse(await readFile(join(here, locale, file), 'utf8')) as Record<string, Entry>;

const places = (entry: Entry): string[] => {
  const texts = typeof entry === 'string' ? [entry] : Object.values(entry);
  return [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/\{([a-zA-Z]+)\}/g)].map((match) => match[1] ?? ''),
      ),
    ),
  ].toSorted();
};

describe.each(areas)('%s', (file) => {
  it('has the same keys and places in both languages, and no empty text', async () => {
    const [en, zh] = await Promise.all([read('en', file), read('zh-CN', file)]);
    expect(Object.keys(zh).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const [key, entry] of Object.entries(en)) {
      const other = zh[key] ?? '';
      expect(places(other), key).toEqual(places(entry));
      for (const text of [entry, other].flatMap((value) =>
        typeof value === 'string' ? [value] : Object.values(value),
      )) {
        expect(text.trim(), key).not.toBe('');
      }
    }
  });
});

it('every key is in one file only', async () => {
  const all = (
    await Promise.all(areas.map(async (file) => Object.keys(await read('en', file))))
  ).flat();
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
});

it('fills places, counts, and shows the key of what is missing', () => {
  const t = createTranslate('en');
  expect(t('tray.tooltip', { state: 'Connected' })).toBe('Causeway: Connected');
  expect(t('tray.tooltip')).toBe('Causeway: {state}');
  expect(t('nowhere' as 'tray.tooltip')).toBe('nowhere');
});

it('chooses the language of the first wanted tag that it has', () => {
  expect(chooseLocale(['fr-FR', 'zh-Hant-TW', 'en'])).toBe('zh-CN');
  expect(chooseLocale(['en-GB', 'zh'])).toBe('en');
  expect(chooseLocale([])).toBe('en');
});
