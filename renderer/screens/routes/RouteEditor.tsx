import { useState, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { suggestId } from '../../app/ids.ts';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { Route, RouteView } from '../../../common/domain/route.ts';
import {
  Button,
  Editor,
  EditorAside,
  Switch,
  TextField,
  useDraft,
  useSaving,
  useToasts,
} from '../../components/index.ts';
import { TrashIcon } from '../../icons/index.tsx';
import frame from '../../components/Editor.module.css';
import { checkRoute, patternProblem } from './check.ts';
import { emptyRoute, formOf, routeOf, type RouteForm } from './form.ts';
import { GroupFields } from './GroupFields.tsx';
import { routeName } from './match-words.ts';
import { MatchFields } from './MatchFields.tsx';
import { TryIt } from './TryIt.tsx';

/** Adds or edits one route, with a message to try it on beside it. */
export function RouteEditor({ stored }: { stored: RouteView | null }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayManage = useCan('manage');
  const routes = useSnapshot((snapshot) => snapshot.routes);
  const isDisabled = !mayManage || (stored !== null && stored.lockedBy !== null);
  const draft = useDraft<RouteForm>(
    `routes/${stored?.id ?? '?'}`,
    () =>
      stored === null ? { ...emptyRoute, id: suggestId('', 'route', routes) } : formOf(stored),
    isDisabled,
  );
  const { form, set: setForm } = draft;
  const [ownId, setOwnId] = useState(stored !== null || draft.isRestored);
  const saving = useSaving(isDisabled);

  const problems = checkRoute(form, { isNew: stored === null && !saving.busy, routes });
  const problem = (field: string): string | null => {
    const found = problems[field];
    if (found === undefined || (found === 'required' && !saving.attempted)) return null;
    return t(`routes.problem.${found}`);
  };
  const save = async (): Promise<void> => {
    const route = routeOf(form);
    await client.call('routes.save', route);
    draft.settle();
    toasts.done(t('routes.saved', { name: routeName(route) }));
    navigate('routes', null, {}, 'replace');
  };

  const fields = { form, set: setForm, problem, isDisabled };
  return (
    <Editor
      title={stored === null ? t('routes.add') : routeName(stored)}
      screen="routes"
      back={t('routes.back')}
      leave={t('routes.leave')}
      saving={saving}
      draft={draft}
      onSave={() => saving.run(problems, save)}
      lockedBy={stored?.lockedBy ?? null}
      isDisabled={isDisabled}
      {...(stored !== null && { actions: <RemoveRoute route={stored} /> })}
      aside={
        <EditorAside title={t('routes.try')}>
          <TryIt narrow routes={withDraft(routes, form, stored)} />
        </EditorAside>
      }
    >
      <div className={frame.pair}>
        <TextField
          label={t('bots.name')}
          value={form.name}
          onChange={(name) =>
            setForm((old) => ({
              ...old,
              name,
              id: ownId ? old.id : suggestId(name, 'route', routes),
            }))
          }
          isDisabled={isDisabled}
          check={() => problem('name')}
          error={problem('name')}
        />
        <TextField
          label={t('bots.id')}
          mono
          value={form.id}
          onChange={(id) => {
            setOwnId(true);
            setForm((old) => ({ ...old, id }));
          }}
          isDisabled={isDisabled || stored !== null}
          hint={t('routes.idHint')}
          check={() => problem('id')}
          error={problem('id')}
        />
      </div>
      <MatchFields {...fields} />
      <GroupFields {...fields} />
      <Switch
        label={t('routes.form.enabled')}
        value={form.enabled}
        onChange={(enabled) => setForm((old) => ({ ...old, enabled }))}
        isDisabled={isDisabled}
      />
    </Editor>
  );
}

/** The routes with the one in the form in its place; one whose pattern is half typed is taken without it. */
function withDraft(
  routes: readonly RouteView[],
  form: RouteForm,
  stored: RouteView | null,
): readonly Route[] {
  const draft = routeOf(patternProblem(form.pattern) === null ? form : { ...form, pattern: '' });
  // A new one is in the list for a moment before its form has closed.
  if (stored === null) return [...routes.filter(({ id }) => id !== draft.id), draft];
  return routes.map((route) => (route.id === stored.id ? draft : route));
}

/** Gone at once; Undo puts it back in its place. */
function RemoveRoute({ route }: { route: RouteView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const order = useSnapshot((snapshot) => snapshot.routes).map(({ id }) => id);
  const restore = async (): Promise<void> => {
    const { lockedBy: _, ...stored } = route;
    await client.call('routes.save', stored);
    await client.call('routes.reorder', { ids: order });
  };
  const remove = (): void => {
    client.call('routes.remove', { id: route.id }).then(() => {
      navigate('routes', null, {}, 'replace');
      toasts.done(t('routes.removed', { name: routeName(route) }), () => {
        restore().catch(toasts.failed);
      });
    }, toasts.failed);
  };
  return (
    <Button onPress={remove}>
      <TrashIcon />
      {t('routes.remove')}
    </Button>
  );
}
