import { expect, it } from 'vitest';
import type { CertificateInfo } from '../../common/domain/certificate.ts';
import type { TunnelState, TunnelView } from '../../common/domain/tunnel.ts';
import { createTranslate } from '../../common/i18n/translate.ts';
import {
  LOST_AFTER_MS,
  nextNotice,
  noNotices,
  noticeWords,
  type Notice,
  type NoticeMemory,
} from './notices.ts';

const error = { code: 'RELAY_UNREACHABLE', params: {} } as const;
const states = {
  online: {
    phase: 'online',
    since: 0,
    generation: 1,
    sessions: { live: 2, wanted: 2 },
    rttMs: 1,
    clockSkewMs: 0,
  },
  waiting: { phase: 'waiting', attempt: 1, retryAt: 0, error },
  refused: { phase: 'refused', since: 0, retryAt: 0, error: { code: 'CERT_REVOKED', params: {} } },
  stopped: { phase: 'stopped' },
} as const satisfies Record<string, TunnelState>;

/** Runs a script of (state, time) and gives what was told when. */
function told(
  script: readonly (readonly [keyof typeof states, number])[],
  certificates: readonly CertificateInfo[] = [],
): (Notice | null)[] {
  let memory: NoticeMemory = noNotices;
  return script.map(([name, now]) => {
    const tunnel: TunnelView = { state: states[name], relay: null, publicUrls: [], device: null };
    const [next, notice] = nextNotice(memory, tunnel, certificates, now);
    memory = next;
    return notice;
  });
}

it('tells a loss once, only when it lasts, and the return', () => {
  expect(
    told([
      ['online', 0],
      ['waiting', 1_000],
      ['waiting', 1_000 + LOST_AFTER_MS - 1],
      ['waiting', 1_000 + LOST_AFTER_MS],
      ['waiting', 99_000],
      ['online', 100_000],
      ['online', 101_000],
    ]).map((notice) => notice?.kind ?? null),
  ).toEqual([null, null, null, 'lost', null, 'restored', null]);
});

it('says nothing of a blip, of a first connection, or of a disconnect that was asked for', () => {
  expect(
    told([
      ['online', 0],
      ['waiting', 1_000],
      ['online', 2_000],
    ]),
  ).toEqual([null, null, null]);
  expect(
    told([
      ['waiting', 0],
      ['waiting', 60_000],
      ['online', 61_000],
    ]),
  ).toEqual([null, null, null]);
  expect(
    told([
      ['online', 0],
      ['stopped', 1],
      ['stopped', 60_000],
    ]),
  ).toEqual([null, null, null]);
});

it('tells a refusal at once, and once', () => {
  expect(
    told([
      ['online', 0],
      ['refused', 10],
      ['refused', 60_000],
    ]).map((notice) => notice?.kind ?? null),
  ).toEqual([null, 'refused', null]);
});

it('warns once of a certificate in its last tenth', () => {
  const day = 86_400_000;
  const certificate: CertificateInfo = {
    role: 'device',
    subject: '',
    issuer: '',
    serial: '',
    fingerprint: '',
    notBefore: 0,
    notAfter: 90 * day,
    renewAt: 60 * day,
    names: [],
  };
  expect(
    told(
      [
        ['online', 80 * day],
        ['online', 85 * day],
        ['online', 86 * day],
      ],
      [certificate],
    ),
  ).toEqual([null, { kind: 'certificate', days: 5 }, null]);
});

it('says in words why the relay refuses, and not by a bare code', () => {
  const [, refused] = told([
    ['online', 0],
    ['refused', 10],
  ]);
  if (refused == null) throw new Error('nothing was told');
  expect(noticeWords(refused, createTranslate('en'))).toEqual({
    title: 'The relay refuses this device',
    body: 'The relay refused the certificate of this device: it was revoked.',
    page: 'overview',
  });
  expect(noticeWords({ kind: 'certificate', days: 3 }, createTranslate('en')).body).toContain(
    '3 days',
  );
});
