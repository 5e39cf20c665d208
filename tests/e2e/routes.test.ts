import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program, type Ready } from './support/program.ts';

let program: Program;
let ready: Ready;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  [program, browser] = await Promise.all([startProgram(), launchBrowser()]);
  ready = program.ready;
  page = await browser.newPage({ viewport: { width: 1080, height: 900 }, locale: 'en-US' });
  complaints = await watchPage(page);
  await page.goto(ready.console);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
});
beforeEach(() => {
  complaints.list.length = 0;
});

const open = async (place: string): Promise<void> => {
  await page.goto(new URL(`/#/${place}`, ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

/** A user writes to the practice app: simulator, public side, relay, tunnel, gateway. */
async function userWrites(text: string): Promise<void> {
  const response = await fetch(`${ready.simulator}/simulator/callbacks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bot: 'practice', type: 'text', text, from: 'lisi' }),
  });
  expect(response.ok).toBe(true);
}

const list = () => page.getByRole('grid', { name: /^Routes/ });
const row = (name: string) => list().getByRole('row', { name });

it('makes a route, tries a message on it, and the message takes it', async () => {
  await open('routes');
  await page.getByText('No route yet').waitFor();
  await expectAccessible(page, 'no routes');
  await page.getByRole('button', { name: 'Add a route' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Refunds');
  await page.getByRole('textbox', { name: /^Contains one of/ }).fill('退款, refund');
  const tried = page.getByRole('complementary', { name: 'Try it' });
  await tried.getByText('No route takes it.').waitFor();
  await tried.getByText('It goes to practice-service.').waitFor();
  await tried.getByRole('textbox', { name: 'What somebody writes' }).fill('I want a REFUND');
  await tried.getByText('Taken by Refunds.').waitFor();
  await tried.getByText('It stays in the inbox.').waitFor();
  await expectAccessible(page, 'route form');
  await page.getByRole('button', { name: 'Save' }).click();
  await row('Refunds').getByText('contains “退款” or “refund”').waitFor();

  await userWrites('我要退款');
  await userWrites('good morning');
  await open('messages');
  const rows = page.getByRole('grid', { name: 'Messages' }).getByRole('row');
  await rows.filter({ hasText: 'lisi' }).filter({ hasText: 'Stored' }).waitFor();
  await rows.filter({ hasText: 'lisi' }).filter({ hasText: 'Replied' }).waitFor();
  expect(complaints.list).toEqual([]);
});

it('refuses a pattern that has no bound, under its field, and keeps what was typed', async () => {
  await open('routes?add=route');
  const pattern = page.getByRole('textbox', { name: /^Matches the pattern/ });
  await pattern.fill('(?=a)b');
  await pattern.blur();
  await page.getByText('Back references and look-around are not supported').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await pattern.inputValue()).toBe('(?=a)b');
  expect(await pattern.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(
    true,
  );
  await pattern.fill(String.raw`(?i)order \d+`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Orders');
  await page.getByRole('button', { name: 'Add a service', exact: true }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await row('Orders').getByText('practice-service').waitFor();
  expect(complaints.list).toEqual([]);
});

it('puts routes in order by keyboard, switches one off, and takes both back', async () => {
  await open('routes');
  const names = () => list().getByRole('row').evaluateAll(textsOf);
  await row('Orders').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.getByText('The order is changed.').waitFor();
  await expect.poll(names).toEqual(['Orders', 'Refunds']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(names).toEqual(['Refunds', 'Orders']);
  await row('Refunds').getByRole('switch').press('Space');
  await page.getByText('Refunds is off').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => row('Refunds').getByRole('switch').isChecked()).toBe(true);
  await expectAccessible(page, 'routes');
  expect(complaints.list).toEqual([]);
});

it('drains a service and puts it back; a WebSocket service gets its key', async () => {
  await open('routes');
  const services = page.getByRole('grid', { name: 'Services' });
  await services.getByRole('button', { name: 'Drain practice-service' }).click();
  await services.getByText('Draining').waitFor();
  await services.getByRole('button', { name: 'Put back practice-service' }).click();
  await services.getByText('Healthy').waitFor();

  await page.getByRole('button', { name: 'Add a service' }).click();
  await page.getByRole('textbox', { name: 'ID' }).fill('analytics');
  await page.getByText('The service connects to Causeway').click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Make a new key' }).click();
  await page.getByText('Copy it now').waitFor();
  await expectAccessible(page, 'service form');
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove the service' }).click();
  await page.getByText('analytics is removed.').waitFor();
  expect(complaints.list).toEqual([]);
});

/** Runs in the page: the names of rows. */
function textsOf(rows: readonly Element[]): string[] {
  return rows.map((element) => element.getAttribute('aria-label') ?? '');
}
