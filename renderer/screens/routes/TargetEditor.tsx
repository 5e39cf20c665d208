import type { ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { generateSigningSecret } from '../../app/generate.ts';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { TargetView } from '../../../common/domain/bot.ts';
import {
  bindFields,
  Editor,
  RadioGroup,
  SecretField,
  TextField,
  useDraft,
  useSaving,
  useToasts,
} from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { RemoveTarget } from './RemoveTarget.tsx';
import { SubscriberKey } from './SubscriberKey.tsx';
import {
  checkTarget,
  emptyTarget,
  formOfTarget,
  targetOf,
  type TargetField,
  type TargetForm,
} from './target-form.ts';

/** Adds or edits a service: where it is, how it is checked, how much it takes. */
export function TargetEditor({ stored }: { stored: TargetView | null }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayManage = useCan('manage');
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const isDisabled = !mayManage || (stored !== null && stored.lockedBy !== null);
  const draft = useDraft<TargetForm>(
    `targets/${stored?.id ?? '?'}`,
    () => (stored === null ? emptyTarget : formOfTarget(stored)),
    isDisabled,
  );
  const { form, set: setForm } = draft;
  const saving = useSaving(isDisabled);
  const set = (part: Partial<TargetForm>): void => setForm((old) => ({ ...old, ...part }));

  const problems = checkTarget(form, { isNew: stored === null && !saving.busy, targets });
  const problem = (field: TargetField): string | null => {
    const found = problems[field];
    if (found === undefined || (found === 'required' && !saving.attempted)) return null;
    return t(`routes.problem.${found}`);
  };
  const field = bindFields<TargetField>({
    form,
    onChange: (name, value) => set({ [name]: value }),
    problem,
    isDisabled,
  });
  const save = async (): Promise<void> => {
    await client.call('targets.save', targetOf(form));
    draft.settle();
    toasts.done(t('routes.serviceSaved', { target: form.id }));
    // A new subscriber needs its key next, so its page stays open.
    const isNewSubscriber = stored === null && form.kind === 'websocket';
    navigate('routes', null, isNewSubscriber ? { service: form.id } : {}, 'replace');
  };

  return (
    <Editor
      title={stored === null ? t('routes.addService') : stored.id}
      screen="routes"
      back={t('routes.back')}
      leave={t('routes.leave')}
      saving={saving}
      draft={draft}
      onSave={() => saving.run(problems, save)}
      lockedBy={stored?.lockedBy ?? null}
      isDisabled={isDisabled}
      {...(stored !== null && { actions: <RemoveTarget target={stored} /> })}
    >
      <TextField
        {...field('id')}
        label={t('bots.id')}
        mono
        isDisabled={isDisabled || stored !== null}
        hint={t(stored === null ? 'routes.serviceIdHint' : 'routes.idHint')}
      />
      <RadioGroup
        label={t('routes.kind')}
        options={(['http', 'websocket'] as const).map((value) => ({
          value,
          label: t(`routes.kind.${value}`),
          note: t(`routes.kind.${value}.note`),
        }))}
        value={form.kind}
        onChange={(kind) => set({ kind })}
        isDisabled={isDisabled}
      />
      {form.kind === 'http' ? (
        <>
          <TextField
            {...field('url')}
            label={t('bots.target.url')}
            type="url"
            mono
            placeholder="http://10.0.0.14:9000/wecom"
            hint={t('bots.target.urlHint')}
          />
          <SecretField
            label={t('bots.target.secret')}
            optional={t('common.optional')}
            value={form.secret}
            onChange={(secret) => set({ secret, dropSecret: false })}
            stored={form.dropSecret || stored === null ? { set: false } : stored.secret}
            check={() => problem('secret')}
            error={problem('secret')}
            isDisabled={isDisabled}
            placeholder="whsec_"
            hint={t(form.dropSecret ? 'bots.target.secretDropped' : 'bots.target.secretHint')}
            generate={generateSigningSecret}
            onDrop={() => set({ dropSecret: true })}
          />
          <TextField
            {...field('healthCheck')}
            label={t('routes.healthCheck')}
            optional={t('common.optional')}
            mono
            placeholder="/healthz"
            hint={t('routes.healthCheckHint')}
          />
        </>
      ) : (
        stored?.websocket === true && <SubscriberKey target={stored} />
      )}
      <div className={frame.four}>
        <TextField {...field('weight')} label={t('routes.weight')} hint={t('routes.weightHint')} />
        <TextField
          {...field('priority')}
          label={t('routes.priority')}
          hint={t('routes.priorityHint')}
        />
        <TextField
          {...field('timeoutSeconds')}
          label={t('routes.timeout')}
          hint={t('routes.timeoutHint')}
        />
        <TextField
          {...field('maxInFlight')}
          label={t('routes.maxInFlight')}
          hint={t('routes.maxInFlightHint')}
        />
      </div>
    </Editor>
  );
}
