import type { ReplayInput } from '../../../common/domain/replay.ts';
import { ReplayRequest } from '../../../common/domain/replay.ts';

const HOUR = 3_600_000;
const spans = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const;

/** Which messages to hand over once more, and where, as it stands in the dialog. */
export interface ReplayForm {
  readonly span: keyof typeof spans | 'between';
  /** `2026-11-04T14:00` in the operator's own time, as the field gives it. */
  readonly from: string;
  readonly to: string;
  readonly bot: string;
  readonly type: string;
  readonly user: string;
  readonly goal: 'original' | 'target' | 'callback';
  readonly target: string;
  readonly url: string;
  readonly perSecond: string;
}

export const emptyReplay: ReplayForm = {
  span: 'hour',
  from: '',
  to: '',
  bot: '',
  type: '',
  user: '',
  goal: 'original',
  target: '',
  url: '',
  perSecond: '20',
};

export type ReplayField = 'from' | 'to' | 'target' | 'url' | 'perSecond' | 'type' | 'user';

/** The form as the contract takes it at `now`, and the fields that are not right yet. */
export function replayOf(
  form: ReplayForm,
  now: number,
): { readonly request: ReplayInput; readonly wrong: Readonly<Partial<Record<ReplayField, true>>> } {
  const wrong: Partial<Record<ReplayField, true>> = {};
  const from = form.span === 'between' ? Date.parse(form.from) : now - spans[form.span];
  const to = form.span === 'between' ? Date.parse(form.to) : now;
  if (Number.isNaN(from)) wrong.from = true;
  if (Number.isNaN(to) || to <= from) wrong.to = true;
  const request: ReplayInput = {
    messages: {
      from: Number.isNaN(from) ? 0 : from,
      to: Number.isNaN(to) ? 0 : to,
      ...(form.bot !== '' && { bot: form.bot }),
      ...(form.type.trim() !== '' && { type: form.type.trim() }),
      ...(form.user.trim() !== '' && { user: form.user.trim() }),
    },
    destination:
      form.goal === 'target'
        ? { kind: 'target', target: form.target }
        : form.goal === 'callback'
          ? { kind: 'callback', url: form.url.trim() }
          : { kind: 'original' },
    perSecond: Number(form.perSecond),
  };
  const parsed = ReplayRequest.safeParse(request);
  for (const { path } of parsed.error?.issues ?? []) {
    const field = path.at(-1);
    if (field === 'target' || field === 'url' || field === 'perSecond') wrong[field] = true;
    if (field === 'type' || field === 'user') wrong[field] = true;
  }
  return { request, wrong };
}
