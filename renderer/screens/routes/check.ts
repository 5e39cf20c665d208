import { compileMatcher } from '../../../common/domain/route-match.ts';
import { Route, RouteId, RouteMatch } from '../../../common/domain/route.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import { checkMembers } from '../../groups/members.ts';
import { routeOf, type RouteForm } from './form.ts';

export type RouteProblem =
  | 'required'
  | 'id'
  | 'idTaken'
  | 'name'
  | 'list'
  | 'patternSyntax'
  | 'patternUnsupported'
  | 'patternTooComplex'
  | 'weight'
  | 'priority';

/** What is wrong with each field (`members.<key>.weight` within the group), by the schemas of the contract. */
export function checkRoute(
  form: RouteForm,
  context: { readonly isNew: boolean; readonly routes: readonly { readonly id: string }[] },
): Readonly<Partial<Record<string, RouteProblem>>> {
  const problems: Partial<Record<string, RouteProblem>> = {};
  const put = (field: string, problem: RouteProblem | null): void => {
    if (problem !== null) problems[field] = problem;
  };
  if (!RouteId.safeParse(form.id).success) put('id', form.id === '' ? 'required' : 'id');
  else if (context.isNew && context.routes.some(({ id }) => id === form.id)) put('id', 'idTaken');
  if (!Route.shape.name.safeParse(form.name.trim()).success) put('name', 'name');
  const { match } = routeOf(form);
  for (const field of ['events', 'keywords', 'senders', 'chats'] as const) {
    if (!RouteMatch.shape[field].safeParse(match[field]).success) put(field, 'list');
  }
  put('pattern', patternProblem(form.pattern));
  for (const [field, found] of Object.entries(checkMembers(form.members))) put(field, found);
  return problems;
}

/** Why the gateway would not take a pattern; null where it does. */
export function patternProblem(pattern: string): RouteProblem | null {
  if (pattern === '') return null;
  try {
    compileMatcher({
      enabled: true,
      match: RouteMatch.parse({ pattern }),
    });
    return null;
  } catch (error) {
    const reason = error instanceof AppError ? String(error.params['reason']) : 'too_long';
    if (reason === 'look_around' || reason === 'back_reference') return 'patternUnsupported';
    return /too_/.test(reason) ? 'patternTooComplex' : 'patternSyntax';
  }
}
