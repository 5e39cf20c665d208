import { expect, it } from 'vitest';
import { createTokenSource } from './token-source.ts';

const credentials = { base: 'https://wecom.example', corpId: 'ww1', secret: 'one' };
const good = (token: string) =>
  Promise.resolve({ errcode: 0, errmsg: 'ok', fromIp: null, token, expiresIn: 7200 });
const refused = () =>
  Promise.resolve({ errcode: 40001, errmsg: 'invalid', fromIp: null, token: '', expiresIn: 0 });

it('asks once for many, and again a minute before the end', async () => {
  let now = 0;
  let asked = 0;
  const tokens = createTokenSource(() => now);
  const get = () => tokens.get(credentials, () => good(`t${(asked += 1)}`));
  const all = await Promise.all(Array.from({ length: 100 }, get));
  expect(new Set(all.map((result) => (result.ok ? result.token : '')))).toEqual(new Set(['t1']));
  now = 7_139_999;
  expect(await get()).toEqual({ ok: true, token: 't1' });
  now = 7_140_000;
  expect(await get()).toEqual({ ok: true, token: 't2' });
  expect(asked).toBe(2);
});

it('replaces a refused token once, however many noticed', async () => {
  const tokens = createTokenSource(() => 0);
  let asked = 0;
  const get = () => tokens.get(credentials, () => good(`t${(asked += 1)}`));
  await get();
  for (let n = 0; n < 50; n += 1) tokens.invalidate(credentials, 't1');
  await get();
  tokens.invalidate(credentials, 't1');
  expect(await get()).toEqual({ ok: true, token: 't2' });
  expect(asked).toBe(2);
});

it('leaves WeCom alone after a wrong secret, longer each time; another secret is tried at once', async () => {
  let now = 0;
  let asked = 0;
  const tokens = createTokenSource(() => now);
  const get = () =>
    tokens.get(credentials, () => {
      asked += 1;
      return refused();
    });
  const attempts: number[] = [];
  for (; now < 3_600_000; now += 1_000) {
    const before = asked;
    expect((await get()).ok).toBe(false);
    if (asked > before) attempts.push(now / 1000);
  }
  expect(attempts).toEqual([0, 60, 180, 420, 900, 1860]);
  const other = await tokens.get({ ...credentials, secret: 'two' }, () => good('t'));
  expect(other).toEqual({ ok: true, token: 't' });
});

it('asks again each minute where somebody has to change something in WeCom first', async () => {
  let now = 0;
  let errcode = 60020;
  let asked = 0;
  const tokens = createTokenSource(() => now);
  const get = () =>
    tokens.get(credentials, () => {
      asked += 1;
      return errcode === 0
        ? good('t')
        : Promise.resolve({
            errcode,
            errmsg: 'no',
            fromIp: '203.0.113.7',
            token: '',
            expiresIn: 0,
          });
    });
  for (; now < 1_800_000; now += 10_000) expect((await get()).ok).toBe(false);
  expect(asked).toBe(30);
  errcode = 0;
  now += 60_000;
  expect(await get()).toEqual({ ok: true, token: 't' });
});
