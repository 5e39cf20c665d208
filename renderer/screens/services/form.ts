import {
  leavesPrefix,
  Service,
  ServiceHost,
  ServiceId,
  ServicePath,
  type ServiceView,
} from '../../../common/domain/service.ts';
import type { Balance } from '../../../common/domain/route.ts';
import {
  checkMembers,
  formOfMembers,
  membersOf,
  type MemberForm,
  type MemberProblem,
} from '../../groups/members.ts';

/** A published service as it stands in the form. */
export interface ServiceForm {
  readonly id: string;
  readonly host: string;
  readonly path: string;
  readonly stripPath: boolean;
  readonly members: readonly MemberForm[];
  readonly balance: Balance;
  readonly websocket: boolean;
  readonly timeoutSeconds: string;
}

export const emptyService: ServiceForm = {
  id: '',
  host: '',
  path: '',
  stripPath: false,
  members: [],
  balance: 'round_robin',
  websocket: true,
  timeoutSeconds: '60',
};

export function formOf(service: ServiceView): ServiceForm {
  return {
    id: service.id,
    host: service.host ?? '',
    path: service.path,
    stripPath: service.stripPath,
    members: formOfMembers(service.targets),
    balance: service.balance,
    websocket: service.websocket,
    timeoutSeconds: String(service.timeoutMs / 1000),
  };
}

/** The form as the contract takes it. */
export function serviceOf(form: ServiceForm): Service {
  const host = form.host.trim().toLowerCase();
  return {
    id: form.id,
    host: host === '' ? null : host,
    path: form.path.trim(),
    stripPath: form.stripPath,
    targets: membersOf(form.members),
    balance: form.balance,
    websocket: form.websocket,
    timeoutMs: Math.round(Number(form.timeoutSeconds) * 1000),
  };
}

export type ServiceProblem =
  | 'required'
  | 'id'
  | 'idTaken'
  | 'host'
  | 'path'
  | 'dots'
  | 'reserved'
  | 'sameAddress'
  | 'members'
  | 'timeout'
  | MemberProblem;

/** Callbacks are answered before any published service is asked. */
const RESERVED = '/wecom/callback';

/** What is wrong with each field (`members.<key>.weight` within the group); nothing where it may be saved. */
export function checkService(
  form: ServiceForm,
  context: { readonly isNew: boolean; readonly services: readonly ServiceView[] },
): Readonly<Partial<Record<string, ServiceProblem>>> {
  const problems: Partial<Record<string, ServiceProblem>> = checkMembers(form.members);
  const { id, host, path, timeoutMs } = serviceOf(form);
  if (!ServiceId.safeParse(id).success) problems['id'] = id === '' ? 'required' : 'id';
  else if (context.isNew && context.services.some((other) => other.id === id))
    problems['id'] = 'idTaken';
  if (host !== null && !ServiceHost.safeParse(host).success) problems['host'] = 'host';
  const prefix = prefixOf(path);
  const same = context.services.find(
    (other) => other.id !== id && other.host === host && prefixOf(other.path) === prefix,
  );
  if (path === '') problems['path'] = 'required';
  else if (leavesPrefix(path)) problems['path'] = 'dots';
  else if (!ServicePath.safeParse(path).success) problems['path'] = 'path';
  else if (prefix === RESERVED || prefix.startsWith(`${RESERVED}/`)) problems['path'] = 'reserved';
  else if (same !== undefined) problems['path'] = 'sameAddress';
  if (form.members.length === 0) problems['members'] = 'members';
  if (!Service.shape.timeoutMs.safeParse(timeoutMs).success) problems['timeoutSeconds'] = 'timeout';
  return problems;
}

/** `/shop/` takes the same requests as `/shop`. */
function prefixOf(path: string): string {
  return path.replace(/\/+$/, '');
}
