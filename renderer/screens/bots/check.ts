import {
  BotId,
  BotInput,
  CallbackToken,
  EncodingAesKey,
  SealingKey,
  TargetInput,
  receivesCallbacks,
  type BotView,
  type TargetView,
} from '../../../common/domain/bot.ts';
import { isSigningSecret } from '../../app/generate.ts';
import { isSubscriber, type BotForm } from './form.ts';

export type BotField =
  | 'id'
  | 'name'
  | 'token'
  | 'encodingAesKey'
  | 'receiveId'
  | 'webhook'
  | 'corpSecret'
  | 'agentId'
  | 'apiBase'
  | 'targetUrl'
  | 'targetSecret';

export type BotProblem =
  | 'required'
  | 'id'
  | 'idTaken'
  | 'name'
  | 'token'
  | 'encodingAesKey'
  | 'sealingKey'
  | 'receiveId'
  | 'webhook'
  | 'corpSecret'
  | 'agentId'
  | 'apiBase'
  | 'corpSecretMissing'
  | 'agentIdMissing'
  | 'targetUrl'
  | 'targetSecret';

/** What the form is checked against. */
export interface CheckContext {
  /** The bot as it is stored; null for a new one. */
  readonly stored: BotView | null;
  readonly bots: readonly BotView[];
  readonly targets: readonly TargetView[];
}

/** What is wrong with each field, by the schemas of the contract; nothing where it may be saved. */
export function checkForm(
  form: BotForm,
  context: CheckContext,
): Partial<Record<BotField, BotProblem>> {
  const { stored, bots } = context;
  const problems: Partial<Record<BotField, BotProblem>> = {};
  const put = (field: BotField, problem: BotProblem | null): void => {
    if (problem !== null) problems[field] = problem;
  };
  if (!BotId.safeParse(form.id).success) put('id', form.id === '' ? 'required' : 'id');
  else if (stored === null && bots.some(({ id }) => id === form.id)) put('id', 'idTaken');
  if (!BotInput.shape.name.safeParse(form.name.trim()).success) put('name', 'name');

  if (receivesCallbacks(form.kind)) {
    put('token', secretProblem(form.token, stored?.token.set === true, CallbackToken, 'token'));
    if (form.kind === 'sealed') {
      put('encodingAesKey', given(form.encodingAesKey, SealingKey, 'sealingKey'));
      put('webhook', given(form.webhook.trim(), BotInput.shape.webhook, 'webhook'));
    } else {
      const isSet = stored?.encodingAesKey.set === true;
      put(
        'encodingAesKey',
        secretProblem(form.encodingAesKey, isSet, EncodingAesKey, 'encodingAesKey'),
      );
    }
    if (form.kind === 'app') {
      put('receiveId', receiveIdProblem(form.receiveId.trim()));
      Object.assign(problems, sendingProblems(form, stored));
    }
    if (form.target.to !== 'inbox') {
      if (!isSubscriber(form, context.targets)) put('targetUrl', urlProblem(form.targetUrl.trim()));
      put('targetSecret', isSigningSecret(form.targetSecret) ? null : 'targetSecret');
    }
  } else {
    put(
      'webhook',
      secretProblem(
        form.webhook.trim(),
        stored?.webhook.set === true,
        BotInput.shape.webhook,
        'webhook',
      ),
    );
  }
  return problems;
}

interface Schema {
  safeParse(value: unknown): { success: boolean };
}

function secretProblem(
  value: string,
  isStored: boolean,
  schema: Schema,
  problem: BotProblem,
): BotProblem | null {
  if (value === '') return isStored ? null : 'required';
  return schema.safeParse(value).success ? null : problem;
}

/** Of what may be left out: whether it is right. */
function given(value: string, schema: Schema, problem: BotProblem): BotProblem | null {
  return secretProblem(value, true, schema, problem);
}

/** An app may receive only; what is entered for sending has to be right, and whole. */
function sendingProblems(
  form: BotForm,
  stored: BotView | null,
): Partial<Record<BotField, BotProblem>> {
  const { shape } = BotInput;
  const agentId = form.agentId.trim();
  const apiBase = form.apiBase.trim();
  const hasSecret = form.corpSecret !== '' || stored?.corpSecret.set === true;
  const problems: Partial<Record<BotField, BotProblem>> = {};
  if (form.corpSecret !== '' && !shape.corpSecret.safeParse(form.corpSecret.trim()).success)
    problems.corpSecret = 'corpSecret';
  if (agentId !== '' && !shape.agentId.safeParse(Number(agentId)).success)
    problems.agentId = 'agentId';
  if (agentId === '' && hasSecret) problems.agentId = 'agentIdMissing';
  if (agentId !== '' && !hasSecret) problems.corpSecret = 'corpSecretMissing';
  if (apiBase !== '' && !shape.apiBase.safeParse(apiBase).success) problems.apiBase = 'apiBase';
  return problems;
}

function receiveIdProblem(value: string): BotProblem | null {
  if (value === '') return 'required';
  return BotInput.shape.receiveId.safeParse(value).success && /^[A-Za-z0-9_-]+$/.test(value)
    ? null
    : 'receiveId';
}

function urlProblem(value: string): BotProblem | null {
  if (value === '') return 'required';
  return TargetInput.shape.url.safeParse(value).success ? null : 'targetUrl';
}
