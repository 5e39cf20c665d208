import { useState, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { suggestId } from '../../app/ids.ts';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { ServiceView } from '../../../common/domain/service.ts';
import {
  bindFields,
  Button,
  Editor,
  Switch,
  TextField,
  useDraft,
  useSaving,
  useToasts,
} from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { GroupMembers } from '../../groups/index.ts';
import { TrashIcon } from '../../icons/index.tsx';
import { checkService, emptyService, formOf, serviceOf, type ServiceForm } from './form.ts';
import styles from './services.module.css';
import { Way } from './Way.tsx';

/** Publishes a service, or changes one: what is asked for, who answers. */
export function ServiceEditor({ stored }: { stored: ServiceView | null }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayManage = useCan('manage');
  const services = useSnapshot((snapshot) => snapshot.services);
  // A subscriber takes messages, not requests.
  const targets = useSnapshot((snapshot) => snapshot.targets.filter(({ url }) => url !== ''));
  const isDisabled = !mayManage || (stored !== null && stored.lockedBy !== null);
  const draft = useDraft<ServiceForm>(
    `services/${stored?.id ?? '?'}`,
    () => (stored === null ? firstForm(services, targets) : formOf(stored)),
    isDisabled,
  );
  const { form, set: setForm } = draft;
  const [ownId, setOwnId] = useState(stored !== null || draft.isRestored);
  const saving = useSaving(isDisabled);
  const set = (part: Partial<ServiceForm>): void => setForm((old) => ({ ...old, ...part }));

  const problems = checkService(form, { isNew: stored === null && !saving.busy, services });
  const problem = (field: string): string | null => {
    const found = problems[field];
    if (found === undefined) return null;
    if ((found === 'required' || found === 'members') && !saving.attempted) return null;
    return t(`services.problem.${found}`);
  };
  const field = bindFields<'id' | 'host' | 'path' | 'timeoutSeconds'>({
    form,
    onChange: (name, value) => set({ [name]: value }),
    problem,
    isDisabled,
  });
  const save = async (): Promise<void> => {
    await client.call('services.save', serviceOf(form));
    draft.settle();
    toasts.done(t('services.saved', { service: form.id }));
    navigate('services', null, {}, 'replace');
  };
  const membersProblem = problem('members');

  return (
    <Editor
      title={stored === null ? t('services.add') : stored.id}
      screen="services"
      back={t('services.back')}
      leave={t('services.leave')}
      saving={saving}
      draft={draft}
      onSave={() => saving.run(problems, save)}
      lockedBy={stored?.lockedBy ?? null}
      isDisabled={isDisabled}
      {...(stored !== null && { actions: <RemoveService service={stored} /> })}
      aside={<Way form={form} />}
    >
      <div className={frame.pair}>
        <TextField
          {...field('path')}
          label={t('services.path')}
          mono
          onChange={(path) =>
            set({ path, ...(!ownId && { id: suggestId(path, 'web', services) }) })
          }
          placeholder="/shop"
          hint={t('services.pathHint')}
        />
        <TextField
          {...field('host')}
          label={t('services.host')}
          optional={t('common.optional')}
          mono
          placeholder="shop.example.com"
          hint={t('services.hostHint')}
        />
      </div>
      <Switch
        label={t('services.strip')}
        value={form.stripPath}
        onChange={(stripPath) => set({ stripPath })}
        isDisabled={isDisabled}
      />
      <fieldset className={frame.group}>
        <legend className={frame.legend}>{t('services.group')}</legend>
        {membersProblem !== null && (
          <p role="alert" className={styles.problem}>
            {membersProblem}
          </p>
        )}
        <GroupMembers
          members={form.members}
          onMembers={(members) => set({ members })}
          targets={targets}
          balance={form.balance}
          balances={['round_robin', 'weighted', 'least_inflight', 'p2c']}
          onBalance={(balance) => set({ balance })}
          problem={problem}
          isDisabled={isDisabled}
        />
      </fieldset>
      <Switch
        label={t('services.websocket')}
        value={form.websocket}
        onChange={(websocket) => set({ websocket })}
        isDisabled={isDisabled}
      />
      <div className={frame.pair}>
        <TextField
          {...field('timeoutSeconds')}
          label={t('routes.timeout')}
          hint={t('services.timeoutHint')}
        />
        <TextField
          {...field('id')}
          label={t('bots.id')}
          mono
          onChange={(id) => {
            setOwnId(true);
            set({ id });
          }}
          isDisabled={isDisabled || stored !== null}
          hint={t('routes.idHint')}
        />
      </div>
    </Editor>
  );
}

/** Publishing begins with the first service that there is, at a path of its own. */
function firstForm(
  services: readonly ServiceView[],
  targets: readonly { readonly id: string }[],
): ServiceForm {
  const [first] = targets;
  const members = first === undefined ? [] : [{ key: 0, id: first.id, weight: '', priority: '' }];
  return { ...emptyService, id: suggestId('', 'web', services), members };
}

/** Gone at once; Undo publishes it again. */
function RemoveService({ service }: { service: ServiceView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const remove = (): void => {
    client.call('services.remove', { id: service.id }).then(() => {
      navigate('services', null, {}, 'replace');
      toasts.done(t('services.removed', { service: service.id }), () => {
        client.call('services.save', serviceOf(formOf(service))).catch(toasts.failed);
      });
    }, toasts.failed);
  };
  return (
    <Button onPress={remove}>
      <TrashIcon />
      {t('services.remove')}
    </Button>
  );
}
