import type { ArticleDraft } from './draft.ts';
import { isWebAddress, type Problem } from './problem.ts';

/** What a draft's fields come to, before the contract's schema has seen it, and what is wrong with them. */
export type Built = readonly [candidate: unknown, problems: readonly Problem[]];

export function buildNews(articles: readonly ArticleDraft[]): Built {
  const problems = articles.flatMap((article, i) => articleProblems(article, `news.${String(i)}`));
  if (articles.length === 0) problems.push({ path: 'news', code: 'required' });
  const sent = articles.map((article) => ({
    title: article.title.trim(),
    ...(article.description.trim() !== '' && { description: article.description.trim() }),
    url: article.url.trim(),
    ...(article.picurl.trim() !== '' && { picurl: article.picurl.trim() }),
  }));
  return [{ msgtype: 'news', news: { articles: sent } }, problems];
}

function articleProblems(article: ArticleDraft, path: string): Problem[] {
  const problems = [
    ...required(`${path}.title`, article.title),
    ...required(`${path}.url`, article.url),
  ];
  if (article.url.trim() !== '' && !isWebAddress(article.url)) {
    problems.push({ path: `${path}.url`, code: 'address' });
  }
  if (article.picurl.trim() !== '' && !isWebAddress(article.picurl)) {
    problems.push({ path: `${path}.picurl`, code: 'address' });
  }
  return problems;
}

/** What was written as JSON at a field, or the line where it stops being JSON. */
export function parseJson(text: string, path: string): Built {
  if (text.trim() === '') return [null, [{ path, code: 'required' }]];
  try {
    return [JSON.parse(text), []];
  } catch (error) {
    const line = error instanceof SyntaxError ? lineOf(error.message, text) : null;
    return [
      null,
      [line === null ? { path, code: 'json' } : { path, code: 'jsonLine', params: { line } }],
    ];
  }
}

/** The line that a JSON parser complains of, where its words name one or a position. */
function lineOf(words: string, text: string): number | null {
  const line = /\bline (\d+)/.exec(words)?.[1];
  if (line !== undefined) return Number(line);
  const position = /\bposition (\d+)/.exec(words)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split('\n').length;
}

export function required(path: string, value: string): Problem[] {
  return value.trim() === '' ? [{ path, code: 'required' }] : [];
}
