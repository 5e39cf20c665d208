import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { signedTextCallback } from '../support/callback.ts';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program, type Ready } from './support/program.ts';

let program: Program;
let ready: Ready;
let browser: Browser;
let page: Page;
let complaints: Complaints;
/** A service that first takes nothing, as one whose program has a fault, and later everything. */
let service: Server;
let isMended = false;

beforeAll(async () => {
  service = createServer((request, response) => {
    request.resume();
    response.writeHead(isMended ? 204 : 400).end();
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  [program, browser] = await Promise.all([startProgram(), launchBrowser()]);
  ready = program.ready;
  page = await browser.newPage({ viewport: { width: 1080, height: 900 }, locale: 'en-US' });
  complaints = await watchPage(page);
  await page.goto(ready.console);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  service.close();
});
beforeEach(() => {
  complaints.list.length = 0;
});

const open = async (place: string): Promise<void> => {
  await page.goto(new URL(`/#/${place}`, ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

/** A callback under the keys that practice mode began with; resolves with the status. */
async function userWrites(text: string): Promise<number> {
  const app = ready.bots.find((bot) => bot.kind === 'app');
  if (app?.kind !== 'app') throw new Error('no app');
  const { query, body } = signedTextCallback(app, text);
  const response = await fetch(`${ready.gateway}/wecom/callback/practice?${query}`, {
    method: 'POST',
    body,
  });
  return response.status;
}

it('sends as an app to members, and says who it is for before it leaves', async () => {
  await open('send/practice');
  await page.getByRole('textbox', { name: /^Text/ }).fill('排班表 ready');
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.getByText('This is needed.').waitFor();
  await page.getByRole('textbox', { name: /^Members/ }).fill('zhangsan');
  await page.getByRole('button', { name: 'How it is sent' }).click();
  await page.getByText('First', { exact: true }).click();
  await expectAccessible(page, 'send as an app');
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.getByText(/errcode 0/).waitFor();
  expect(complaints.list).toEqual([]);
});

it('delivers dead letters again once their service is mended', async () => {
  const { port } = service.address() as AddressInfo;
  await open('routes?add=service');
  await page.getByRole('textbox', { name: 'ID' }).fill('faulty');
  await page
    .getByRole('textbox', { name: /^Address of the service/ })
    .fill(`http://127.0.0.1:${String(port)}/`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('faulty is saved.').waitFor();
  await open('routes?add=route');
  await page.getByRole('textbox', { name: 'Name' }).fill('To the faulty one');
  await page.getByRole('textbox', { name: /^Contains one of/ }).fill('invoice');
  await page.getByRole('button', { name: 'Add a service', exact: true }).click();
  await page.getByRole('button', { name: /Service 1$/ }).click();
  await page.getByRole('option', { name: 'faulty' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page
    .getByRole('grid', { name: /^Routes/ })
    .getByText('faulty', { exact: true })
    .waitFor();

  expect(await userWrites('invoice 1')).toBe(200);
  expect(await userWrites('invoice 2')).toBe(200);
  await open('messages');
  await page.getByRole('button', { name: /^Dead letters/ }).click();
  const rows = page.getByRole('grid', { name: 'Messages' }).getByRole('row');
  await expect.poll(() => rows.filter({ hasText: 'Failed' }).count()).toBe(2);
  isMended = true;
  await page.getByRole('grid', { name: 'Messages' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expectAccessible(page, 'dead letters');
  await page.getByRole('button', { name: 'Deliver 1 again' }).click();
  await rows.filter({ hasText: 'Accepted' }).waitFor();
  await page.getByRole('button', { name: 'Deliver all again' }).click();
  await expect.poll(() => rows.filter({ hasText: 'Accepted' }).count()).toBe(2);
  expect(complaints.list).toEqual([]);
});

it('replays what was received, and shows how far it is', async () => {
  await open('messages');
  await page.getByRole('button', { name: 'Replay…' }).click();
  await expectAccessible(page, 'replay');
  await page.getByRole('button', { name: 'Start the replay' }).click();
  const list = page.getByRole('list', { name: 'Replays' });
  await list.getByText('Done').waitFor();
  await list.getByText(/^\d+ of \d+$/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(complaints.list).toEqual([]);
});

it('changes the keys of a bot: both are accepted until the old ones are retired', async () => {
  await open('bots/practice');
  await page.getByRole('button', { name: 'Change the keys' }).click();
  await page.getByRole('button', { name: 'Make new keys' }).click();
  await page.getByText('Enter these in WeCom now').waitFor();
  expect(await userWrites('under the old keys')).toBe(200);
  await page.getByText('1 callback', { exact: false }).waitFor();
  await expectAccessible(page, 'keys');
  await page.getByRole('button', { name: 'Retire the previous keys' }).click();
  await page.getByText('No callback has come under the new keys yet').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await userWrites('still accepted')).toBe(200);
  await page.getByRole('button', { name: 'Retire the previous keys' }).click();
  await page.getByRole('button', { name: 'Retire them' }).click();
  await page.getByText('The previous keys are retired.').waitFor();
  expect(await userWrites('no longer accepted')).toBe(403);
  expect(complaints.list).toEqual([]);
});
