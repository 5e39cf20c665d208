import { bundles, type MessageKey } from '../../../common/i18n/bundle.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import type { SendResult } from '../../../common/domain/outgoing.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import { problemAt, type Problem } from './problem.ts';

/** What WeCom answered, in words: those of its errcode, or a sentence that carries the number. */
export function answerWords(result: Pick<SendResult, 'errcode' | 'outcome'>, t: Translate): string {
  if (result.errcode === null) return t(`send.answer.${result.outcome}`);
  const key = `wecom.${String(result.errcode)}`;
  if (Object.hasOwn(bundles.en, key)) return t(key as MessageKey);
  return t('wecom.other', { errcode: String(result.errcode) });
}

/** What is to be known beside the answer: who did not get it, which robot carried it, into how many it was cut. */
export function answerNotes(
  result: Pick<SendResult, 'invalid' | 'sentBy' | 'parts' | 'coalesced'>,
  t: Translate,
): string[] {
  const { invalid, sentBy, parts, coalesced } = result;
  const missed = invalid === undefined ? [] : Object.values(invalid).flat();
  return [
    ...(missed.length > 0 ? [t('send.note.invalid', { names: missed.join(', ') })] : []),
    ...(sentBy === undefined ? [] : [t('send.note.sentBy', { bot: sentBy })]),
    ...(parts === undefined || parts.length < 2
      ? []
      : [t('send.note.parts', { count: parts.length })]),
    ...(coalesced === undefined || coalesced === 0
      ? []
      : [t('send.queue.coalesced', { count: coalesced })]),
  ];
}

const tones: Readonly<Record<string, Tone>> = {
  delivered: 'ok',
  queued: 'busy',
  unknown: 'warn',
  refused: 'bad',
  failed: 'bad',
};

/** How the outcome of a sending is to be felt. */
export function answerTone(outcome: SendResult['outcome']): Tone {
  return tones[outcome] ?? 'idle';
}

/** A problem as it stands under its field. */
export function problemWords(problem: Problem, t: Translate): string {
  return t(`send.problem.${problem.code}`, problem.params);
}

/** The words under a field, or null. What is merely empty is said only once one has tried to send: `attempted`. */
export function fieldProblem(
  problems: readonly Problem[],
  path: string,
  attempted: boolean,
  t: Translate,
): string | null {
  const problem = problemAt(problems, path);
  if (problem === null) return null;
  const isEmpty = problem.code === 'required' || problem.code === 'titleOrText';
  return isEmpty && !attempted ? null : problemWords(problem, t);
}
