import { describe, expect, test } from 'vitest';
import { errorCodes } from '../errors/codes.ts';
import enErrors from './en/errors.json' with { type: 'json' };
import enWecom from './en/wecom.json' with { type: 'json' };
import zhErrors from './zh-CN/errors.json' with { type: 'json' };
import zhWecom from './zh-CN/wecom.json' with { type: 'json' };

type Words = Readonly<Record<string, string>>;

const languages: readonly (readonly [string, Words, Words])[] = [
  ['en', enErrors, enWecom],
  ['zh-CN', zhErrors, zhWecom],
];

/** Codes that `wecom.md` lists for the webhook, for apps and for smart bots. */
const errcodes = [
  '0 -1 6000 40001 40006 40007 40008 40009 40013 40014 40033 40056 40058 41001 42001 44001 44004 45001 45002 45009 45033 46004 47001',
  '48002 50003 60011 60020 60111 81013 82001 93000 93004 93006 93008 93019 301002 830002 846601 846602 846605 846608',
  '846609 853000 other',
].flatMap((line) => line.split(' '));

const places = (text: string): string[] => [...text.matchAll(/\{[^}]*\}/g)].map(([p]) => p).sort();

/** Keys of the texts that `wrong` finds fault with. */
function keysWhere(words: Words, wrong: (text: string, key: string) => boolean): string[] {
  return Object.entries(words).flatMap(([key, text]) => (wrong(text, key) ? [key] : []));
}

describe.each(languages)('words in %s', (_language, errors, wecom) => {
  test('every error code says what happened and what to do, and nothing else is there', () => {
    const wanted = errorCodes.flatMap((code) => [`errors.${code}.what`, `errors.${code}.do`]);
    expect(Object.keys(errors).sort()).toEqual(wanted.sort());
  });

  test('every errcode of WeCom has words', () => {
    expect(Object.keys(wecom).sort()).toEqual(errcodes.map((code) => `wecom.${code}`).sort());
  });

  test('every text is a whole sentence', () => {
    expect(keysWhere({ ...errors, ...wecom }, (text) => !/^\S.*[.。]$/u.test(text))).toEqual([]);
  });

  test('every place can be filled', () => {
    const filled = (place: string): boolean => /^\{[a-zA-Z]+\}$/.test(place);
    expect(
      keysWhere({ ...errors, ...wecom }, (text) => !places(text).every((place) => filled(place))),
    ).toEqual([]);
  });

  test('no text shows the code itself', () => {
    for (const code of errorCodes) {
      expect(`${errors[`errors.${code}.what`]} ${errors[`errors.${code}.do`]}`).not.toContain(code);
    }
  });
});

const chinese: Words = { ...zhErrors, ...zhWecom };

test('both languages have the same places', () => {
  const differs = (text: string, key: string): boolean =>
    places(chinese[key] ?? '').join(' ') !== places(text).join(' ');
  expect(keysWhere({ ...enErrors, ...enWecom }, differs)).toEqual([]);
});

test('Chinese texts are Chinese, with full-width punctuation between their clauses', () => {
  const foreign = (text: string): boolean =>
    !/\p{Script=Han}/u.test(text) || /\p{Script=Han}[,;:()]/u.test(text);
  expect(keysWhere(chinese, foreign)).toEqual([]);
});
