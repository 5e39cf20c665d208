import { expect, it } from 'vitest';
import { defaultRules } from '../../../common/domain/relay/tunnel-rules.ts';
import type { LiveView, SessionView, TunnelConfig } from '../../../common/domain/relay/views.ts';
import { createTranslate } from '../../../common/i18n/translate.ts';
import { tunnelCauseway } from './view.ts';

const words = { t: createTranslate('en'), locale: 'en' } as const;
const device = {
  id: 'd1',
  hostname: 'ward-7',
  platform: 'linux',
  version: '1',
  enrolledAt: 0,
  certificateNotBefore: 0,
  certificateNotAfter: 9,
  revokedAt: null,
};
const tunnel: TunnelConfig = {
  name: 'acme',
  domains: ['bot.test'],
  createdAt: 0,
  rules: defaultRules,
  gates: [],
  devices: [device],
  tokens: [],
};
const session: SessionView = {
  id: 1,
  tunnel: 'acme',
  deviceId: 'd1',
  openedAt: 0,
  inFlight: 0,
  carried: 0,
  perMinute: 0,
  rttMs: 23,
};

function live(sessions: SessionView[], rates?: LiveView['tunnels'][string]): LiveView {
  return {
    sessions,
    totals: { requests: 0, perMinute: 0, refused: 0, inFlight: 0, egressOpen: 0 },
    held: {},
    tunnels: rates === undefined ? {} : { acme: rates },
  };
}

const draw = (view: LiveView, of = tunnel) =>
  tunnelCauseway({ tunnel: of, live: view, certificates: [] }, 5, words);

it('a tunnel without a device waits for one', () => {
  const view = draw(live([]), { ...tunnel, devices: [{ ...device, revokedAt: 4 }] });
  expect(view.stations.map(({ tone }) => tone)).toEqual(['idle', 'ok', 'idle', 'idle']);
  expect(view.spans.map(({ line }) => line)).toEqual(['dashed', 'dashed', 'dashed']);
});

it('a tunnel whose device is gone is broken behind the relay', () => {
  const view = draw(live([]));
  expect(view.spans[1]).toMatchObject({ line: 'broken', cause: 'No device connected' });
  expect(view.stations[2]).toMatchObject({ tone: 'bad' });
});

it('a tunnel that carries says how fast, and how much had no answer', () => {
  const view = draw(live([session], { perMinute: 12, failedPerMinute: 2, lastAt: 4 }));
  expect(view.stations[0]).toMatchObject({ tone: 'ok', figure: '12/min' });
  expect(view.stations[2]).toMatchObject({ figure: '23 ms', note: '1 session' });
  expect(view.spans[1]).toMatchObject({
    line: 'solid',
    tone: 'warn',
    cause: '2 without an answer',
  });
});

it('one device of two warns', () => {
  const two = { ...tunnel, devices: [device, { ...device, id: 'd2' }] };
  expect(draw(live([session]), two).stations[3]).toMatchObject({ tone: 'warn', figure: '1 of 2' });
});

it('the certificate that names the domain counts, and breaks the way when it is over', () => {
  const certificate = {
    role: 'public' as const,
    subject: '',
    issuer: '',
    serial: '',
    fingerprint: '',
    notBefore: 0,
    notAfter: 4,
    renewAt: null,
    names: ['DNS:bot.test'],
  };
  const certificates = [{ ...certificate, notAfter: 90, names: [] }, certificate];
  const view = tunnelCauseway({ tunnel, live: live([session]), certificates }, 5, words);
  expect(view.spans[0]).toMatchObject({ line: 'broken' });
});
