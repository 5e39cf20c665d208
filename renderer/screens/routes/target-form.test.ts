import { expect, it } from 'vitest';
import { TargetInput } from '../../../common/domain/bot.ts';
import { busyTargets } from '../../testing/targets.ts';
import {
  checkTarget,
  emptyTarget,
  formOfTarget,
  targetOf,
  type TargetForm,
} from './target-form.ts';

const http: TargetForm = { ...emptyTarget, id: 'svc', url: ' http://10.0.0.9/wecom ' };
const check = (part: Partial<TargetForm>) =>
  checkTarget({ ...http, ...part }, { isNew: true, targets: [{ id: 'taken' }] });

it('saves each service as it is stored, its secret left alone', () => {
  for (const target of busyTargets(0)) {
    const form = formOfTarget(target);
    expect(checkTarget(form, { isNew: false, targets: [] })).toEqual({});
    const input = targetOf(form);
    expect(TargetInput.parse(input)).toEqual(input);
    expect(input).not.toHaveProperty('secret');
    const { id, url, weight, priority, timeoutMs, maxInFlight } = target;
    expect(input).toMatchObject({ id, url, weight, priority, timeoutMs, maxInFlight });
    if (!target.websocket) expect(input.healthCheck).toBe(target.healthCheck);
  }
});

it('writes a secret, takes one away, and sends neither for a WebSocket', () => {
  expect(targetOf({ ...http, secret: 'whsec_x' })).toMatchObject({ secret: 'whsec_x' });
  expect(targetOf({ ...http, dropSecret: true })).toMatchObject({ secret: '' });
  const socket = targetOf({ ...http, kind: 'websocket', secret: 'whsec_x', healthCheck: '/x' });
  expect(socket).toMatchObject({ url: '' });
  expect(socket).not.toHaveProperty('secret');
  expect(socket).not.toHaveProperty('healthCheck');
});

it.each<[Partial<TargetForm>, object]>([
  [{}, {}],
  [{ id: 'taken' }, { id: 'targetTaken' }],
  [{ url: '' }, { url: 'required' }],
  [{ url: 'ftp://x/' }, { url: 'url' }],
  [{ url: '', kind: 'websocket' }, {}],
  [{ secret: 'whsec_c2hvcnQ=' }, { secret: 'secret' }],
  [{ healthCheck: 'healthz' }, { healthCheck: 'healthCheck' }],
  [
    { weight: '', priority: '-1' },
    { weight: 'weight', priority: 'priority' },
  ],
  [
    { timeoutSeconds: '121', maxInFlight: '1.5' },
    { timeoutSeconds: 'timeout', maxInFlight: 'maxInFlight' },
  ],
  [{ timeoutSeconds: '2.5' }, {}],
])('checks %o', (part, problems) => {
  expect(check(part)).toEqual(problems);
});
