import type { Locale } from '../domain/settings.ts';
import { bundles, type MessageKey } from './bundle.ts';

export type TranslateParams = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, params?: TranslateParams) => string;

/** An entry is a sentence, or one for each plural category (CLDR) chosen by the parameter `count`. */
export type Entry = string | { readonly one?: string; readonly other: string };

const PLACE = /\{([a-zA-Z]+)\}/g;

/** Numbers that name something rather than count it: written without separators of thousands. */
const names: ReadonlySet<string> = new Set(['errcode', 'pid', 'port', 'status', 'version', 'year']);

/** `t(key, params)` for a language: `{name}` is replaced by the parameter of that name. */
export function createTranslate(locale: Locale): Translate {
  const bundle: Readonly<Record<string, Entry>> = bundles[locale];
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);
  return (key, params = {}) => {
    const entry = bundle[key];
    if (entry === undefined) return key;
    let text: string;
    if (typeof entry === 'string') text = entry;
    else {
      const category = plural.select(Number(params['count'] ?? 0));
      text = category === 'one' && entry.one !== undefined ? entry.one : entry.other;
    }
    return text.replaceAll(PLACE, (place, name: string) => {
      const value = params[name];
      if (value === undefined) return place;
      if (typeof value === 'string') return value;
      return names.has(name) ? String(value) : number.format(value);
    });
  };
}

/** The language for a list of wanted ones (RFC 4647 lookup, reduced to the two we have). */
export function chooseLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase();
    if (language.startsWith('zh')) return 'zh-CN';
    if (language.startsWith('en')) return 'en';
  }
  return 'en';
}
