import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import type { AuditEntry } from '../store/audit.ts';
import { createEgressAudit } from './egress-audit.ts';

const device = { deviceId: 'd1', tunnelId: 1, tunnel: 'acme', serial: '1', notAfter: 0 };
const wecom = { host: 'qyapi.weixin.qq.com', port: 443 };
const HOUR = 3_600_000;

function audit(): {
  rows: AuditEntry[];
  note: ReturnType<typeof createEgressAudit>['note'];
  pass: (ms: number) => void;
} {
  const rows: AuditEntry[] = [];
  let time = 0;
  const { note } = createEgressAudit(
    { add: (entry) => void rows.push(entry) },
    silentLogger,
    () => 1_000 + time,
    () => time,
  );
  return { rows, note, pass: (ms) => (time += ms) };
}

describe('the audit of egress', () => {
  it('says once a day who reached what, and what was refused', () => {
    const { rows, note, pass } = audit();
    for (let time = 0; time < 30; time += 1) {
      note('egress.open', device, wecom);
      note('egress.refuse', device, { host: '2001:db8::1', port: 22 });
      pass(HOUR);
    }
    const actor = { name: 'd1', address: null };
    const open = {
      actor,
      action: 'egress.open',
      subject: 'acme',
      detail: { destination: 'qyapi.weixin.qq.com:443' },
    };
    const refuse = {
      ...open,
      action: 'egress.refuse',
      detail: { destination: '[2001:db8::1]:22' },
    };
    expect(rows).toEqual([
      { time: 1_000, ...open },
      { time: 1_000, ...refuse },
      { time: 1_000 + 24 * HOUR, ...open },
      { time: 1_000 + 24 * HOUR, ...refuse },
    ]);
  });

  it('cannot be flooded by one device, and hears of the others', () => {
    const { rows, note, pass } = audit();
    for (let port = 1; port <= 5_000; port += 1) note('egress.refuse', device, { host: 'x', port });
    expect(rows).toHaveLength(20);
    note('egress.open', { ...device, deviceId: 'd2' }, wecom);
    expect(rows.at(-1)?.actor.name).toBe('d2');
    pass(HOUR);
    note('egress.open', device, wecom);
    expect(rows.at(-1)).toMatchObject({ actor: { name: 'd1' }, action: 'egress.open' });
  });

  it('keeps nobody from sending when it cannot be written', () => {
    const { note } = createEgressAudit(
      {
        add: () => {
          throw new Error('database or disk is full');
        },
      },
      silentLogger,
      Date.now,
    );
    expect(() => note('egress.open', device, wecom)).not.toThrow();
  });
});
