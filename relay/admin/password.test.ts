import { describe, expect, it } from 'vitest';
import { createAttempts } from './attempts.ts';
import { checkPassword, hashPassword, oneTimePassword, requireStrong } from './password.ts';

describe('passwords', () => {
  it('fit their own hash and no other, and each hash has a salt of its own', async () => {
    const [one, two] = await Promise.all([
      hashPassword('对的 password'),
      hashPassword('对的 password'),
    ]);
    expect(one).toMatch(/^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect(await checkPassword('对的 password', one)).toBe(true);
    expect(await checkPassword('对的 passwore', one)).toBe(false);
    expect(await checkPassword('', one)).toBe(false);
  });

  it('are the same however their letters are composed', async () => {
    const hash = await hashPassword('caf\u00e9 au lait chaud');
    expect(await checkPassword('cafe\u0301 au lait chaud', hash)).toBe(true);
  });

  it.each(['', 'scrypt', 'scrypt$99$8$1$abc$def', 'plain', 'scrypt$15$8$1$$'])(
    'a hash that cannot be read (%j) fits nothing',
    async (stored) => {
      expect(await checkPassword('', stored)).toBe(false);
      expect(await checkPassword(stored, stored)).toBe(false);
    },
  );

  it.each(['short', 'aaaaaaaaaaaaaaaa', 'abababababab', 'operatoroperator', '            '])(
    '%j is too weak',
    (password) => {
      expect(() => requireStrong(password, 'operator')).toThrow('PASSWORD_TOO_WEAK');
    },
  );

  it('a sentence is strong, and so is what the relay makes', () => {
    requireStrong('一句话就可以作为密码使用', 'operator');
    requireStrong('a sentence works well', 'operator');
    const made = Array.from({ length: 50 }, () => oneTimePassword());
    for (const password of made) requireStrong(password, 'operator');
    expect(new Set(made).size).toBe(50);
  });
});

describe('attempts', () => {
  it('wait longer with each failure from an address, and no longer than a quarter of an hour', () => {
    let now = 1_000_000;
    const attempts = createAttempts(() => now);
    const waits: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      now += attempts.wait('192.0.2.1', `user-${n}`);
      attempts.failed('192.0.2.1', `user-${n}`);
      waits.push(attempts.wait('192.0.2.1', 'other'));
    }
    expect(waits.slice(0, 7)).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(15 * 60_000);
    expect(attempts.wait('192.0.2.2', 'other')).toBe(0);
    now += 2 * 3_600_000;
    expect(attempts.wait('192.0.2.1', 'other')).toBe(0);
  });

  it('are slowed down per user too, whatever address they come from, but not for long', () => {
    const attempts = createAttempts(() => 1_000_000);
    for (let n = 0; n < 40; n += 1) attempts.failed(`192.0.2.${n}`, 'Ann');
    expect(attempts.wait('198.51.100.1', 'ann')).toBe(30_000);
    attempts.succeeded('198.51.100.1', 'ann');
    expect(attempts.wait('198.51.100.1', 'ann')).toBe(0);
  });

  it('keep nobody out because the clock was set back', () => {
    let now = 10 * 86_400_000;
    const attempts = createAttempts(() => now);
    for (let n = 0; n < 12; n += 1) attempts.failed('192.0.2.1', 'ann');
    now -= 5 * 86_400_000;
    expect(attempts.wait('198.51.100.1', 'ann')).toBeLessThanOrEqual(30_000);
    expect(attempts.wait('192.0.2.1', 'other')).toBeLessThanOrEqual(15 * 60_000);
    now += 30_000;
    expect(attempts.wait('198.51.100.1', 'ann')).toBe(0);
  });

  it('take the addresses of one IPv6 network for one', () => {
    const attempts = createAttempts(() => 1_000_000);
    for (let n = 1; n <= 6; n += 1) attempts.failed(`2001:db8:0:7::${n}`, `user-${n}`);
    expect(attempts.wait('2001:db8:0:7:ffff::9', 'other')).toBeGreaterThan(0);
    expect(attempts.wait('2001:db8:0:8::1', 'other')).toBe(0);
  });
});
