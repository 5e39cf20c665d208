import { expect, it } from 'vitest';
import { scenario, type ScenarioName } from '../../testing/scenarios.ts';
import { callbackUrls, currentStep } from './steps.ts';

const NOW = Date.UTC(2026, 10, 4, 6);

it.each<[ScenarioName, boolean, string]>([
  ['unenrolled', false, 'token'],
  ['connecting', false, 'connect'],
  ['stopped', false, 'connect'],
  ['waiting', false, 'connect'],
  // Its certificate was revoked, so the way begins again.
  ['refused', false, 'token'],
  ['empty', false, 'bot'],
  ['empty', true, 'done'],
  ['online', false, 'done'],
])('is at the right step in %s (bot skipped: %s)', (name, skipped, step) => {
  expect(currentStep(scenario(name, NOW), skipped)).toBe(step);
});

it('ends on the addresses that WeCom needs, the default bot first', () => {
  const online = scenario('online', NOW);
  expect(callbackUrls({ ...online, bots: online.bots.toReversed() })).toEqual([
    { bot: '订单助手', url: 'https://corp-bot.example.com/wecom/callback/orders' },
    { bot: 'IT 服务台', url: 'https://corp-bot.example.com/wecom/callback/helpdesk' },
  ]);
  expect(callbackUrls(scenario('empty', NOW))).toEqual([
    { bot: null, url: 'https://corp-bot.example.com/wecom/callback' },
  ]);
  expect(callbackUrls(scenario('unenrolled', NOW))).toEqual([]);
});
