import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import enErrors from '../../common/i18n/en/errors.json' with { type: 'json' };
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startEnrollingRelay, type EnrollingRelay } from './support/enrolling-relay.ts';
import { startProgram, type Program } from './support/program.ts';

let relay: EnrollingRelay;
let program: Program;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  [relay, program, browser] = await Promise.all([
    startEnrollingRelay('relay-a', '192.0.2.7'),
    startProgram('enrol'),
    launchBrowser(),
  ]);
  page = await browser.newPage({ locale: 'en-US' });
  complaints = await watchPage(page);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  await relay.close();
});

it('leads a new operator from a token to a callback address', async () => {
  await page.goto(program.ready.console);
  await page.getByRole('heading', { level: 1, name: 'Set up Causeway' }).waitFor();
  await expectAccessible(page, 'first run');

  const token = page.getByRole('textbox', { name: 'Enrolment token' });
  await token.fill('not a token');
  await token.blur();
  await page.getByText(enErrors['errors.TOKEN_MALFORMED.what']).waitFor();

  await token.fill(relay.relay.createToken(relay.tunnel, 60_000));
  await token.blur();
  await page.getByText(relay.relay.addresses.control).first().waitFor();
  await page.getByRole('button', { name: 'Join this relay' }).click();
  await page.getByRole('banner').getByText('Connected', { exact: true }).waitFor();
  expect(relay.relay.listTunnels()[0]?.devices).toHaveLength(1);

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
