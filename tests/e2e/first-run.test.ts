import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import enErrors from '../../common/i18n/en/errors.json' with { type: 'json' };
import { silentLogger } from '../../common/domain/log.ts';
import { createRelay, selfSignedPublic, type Relay } from '../../relay/index.ts';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program } from './support/program.ts';

let dataDir: string;
let relay: Relay;
let program: Program;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-first-run-'));
  const loopback = { host: '127.0.0.1', port: 0 };
  [relay, program, browser] = await Promise.all([
    createRelay({
      dataDir,
      listen: { public: loopback, control: loopback, admin: loopback },
      controlHost: '127.0.0.1',
      publicTls: await selfSignedPublic(['corp-bot.example.com'], Date.now()),
      name: 'relay-a',
      fixedIp: '192.0.2.7',
      egressAllow: [],
      log: silentLogger,
      version: '0.0.0',
    }),
    startProgram('enrol'),
    launchBrowser(),
  ]);
  relay.createTunnel({ name: 'corp', domains: ['corp-bot.example.com'] });
  page = await browser.newPage({ locale: 'en-US' });
  complaints = await watchPage(page);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  await relay.close(0);
  await rm(dataDir, { recursive: true, force: true });
});

it('leads a new operator from a token to a callback address', async () => {
  await page.goto(program.ready.console);
  await page.getByRole('heading', { level: 1, name: 'Set up Causeway' }).waitFor();
  await expectAccessible(page, 'first run');

  const token = page.getByRole('textbox', { name: 'Enrolment token' });
  await token.fill('not a token');
  await token.blur();
  await page.getByText(enErrors['errors.TOKEN_MALFORMED.what']).waitFor();

  await token.fill(relay.createToken('corp', 60_000));
  await token.blur();
  await page.getByText(relay.addresses.control).first().waitFor();
  await page.getByRole('button', { name: 'Join this relay' }).click();
  await page.getByRole('banner').getByText('Connected', { exact: true }).waitFor();
  expect(relay.listTunnels()[0]?.devices).toHaveLength(1);

  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByText('https://corp-bot.example.com', { exact: false }).first().waitFor();
  await page.getByText('192.0.2.7').first().waitFor();
  await expectAccessible(page, 'first run, done');
  expect(complaints.list).toEqual([]);
});

it('adds a bot by its form and shows its callback address', async () => {
  await page.goto(new URL('/#/bots', program.ready.console).href);
  await page.getByText('Add a self-built app', { exact: true }).first().click();
  await page.getByRole('textbox', { name: /^Name/ }).waitFor();
  await expectAccessible(page, 'bot form');
  expect(complaints.list).toEqual([]);
});
