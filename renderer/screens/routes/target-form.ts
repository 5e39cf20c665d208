import { TargetInput, type TargetView } from '../../../common/domain/bot.ts';
import { isSigningSecret } from '../../app/generate.ts';

/** A service as it stands in the form. Figures are what was typed; an empty secret keeps what is stored. */
export interface TargetForm {
  readonly id: string;
  readonly kind: 'http' | 'websocket';
  readonly url: string;
  readonly secret: string;
  readonly dropSecret: boolean;
  readonly healthCheck: string;
  readonly weight: string;
  readonly priority: string;
  readonly timeoutSeconds: string;
  readonly maxInFlight: string;
}

export const emptyTarget: TargetForm = {
  id: '',
  kind: 'http',
  url: '',
  secret: '',
  dropSecret: false,
  healthCheck: '',
  weight: '1',
  priority: '0',
  timeoutSeconds: '30',
  maxInFlight: '1024',
};

export function formOfTarget(target: TargetView): TargetForm {
  return {
    ...emptyTarget,
    id: target.id,
    kind: target.websocket ? 'websocket' : 'http',
    url: target.url,
    healthCheck: target.healthCheck ?? '',
    weight: String(target.weight),
    priority: String(target.priority),
    timeoutSeconds: String(target.timeoutMs / 1000),
    maxInFlight: String(target.maxInFlight),
  };
}

/** The form as the contract takes it. What a WebSocket service does not have is left out. */
export function targetOf(form: TargetForm): TargetInput {
  const isHttp = form.kind === 'http';
  const secret = form.dropSecret || form.secret !== '' ? { secret: form.secret } : {};
  const path = form.healthCheck.trim();
  return {
    id: form.id,
    url: isHttp ? form.url.trim() : '',
    ...(isHttp && { ...secret, healthCheck: path === '' ? null : path }),
    weight: Number(form.weight),
    priority: Number(form.priority),
    timeoutMs: Math.round(Number(form.timeoutSeconds) * 1000),
    maxInFlight: Number(form.maxInFlight),
  };
}

export type TargetField = Exclude<keyof TargetForm, 'kind' | 'dropSecret'>;
export type TargetProblem =
  | 'required'
  | 'id'
  | 'targetTaken'
  | 'url'
  | 'secret'
  | 'healthCheck'
  | 'weight'
  | 'priority'
  | 'timeout'
  | 'maxInFlight';

/** What is wrong with each field; nothing where it may be saved. */
export function checkTarget(
  form: TargetForm,
  context: { readonly isNew: boolean; readonly targets: readonly { readonly id: string }[] },
): Readonly<Partial<Record<TargetField, TargetProblem>>> {
  const problems: Partial<Record<TargetField, TargetProblem>> = {};
  const { shape } = TargetInput;
  const input = targetOf(form);
  if (!shape.id.safeParse(form.id).success) problems.id = form.id === '' ? 'required' : 'id';
  else if (context.isNew && context.targets.some(({ id }) => id === form.id))
    problems.id = 'targetTaken';
  if (form.kind === 'http') {
    if (input.url === '') problems.url = 'required';
    else if (!shape.url.safeParse(input.url).success) problems.url = 'url';
    if (!isSigningSecret(form.secret)) problems.secret = 'secret';
    if (!shape.healthCheck.safeParse(input.healthCheck).success)
      problems.healthCheck = 'healthCheck';
  }
  if (form.weight.trim() === '' || !shape.weight.safeParse(input.weight).success)
    problems.weight = 'weight';
  if (form.priority.trim() === '' || !shape.priority.safeParse(input.priority).success)
    problems.priority = 'priority';
  if (!shape.timeoutMs.safeParse(input.timeoutMs).success) problems.timeoutSeconds = 'timeout';
  if (!shape.maxInFlight.safeParse(input.maxInFlight).success) problems.maxInFlight = 'maxInFlight';
  return problems;
}
