import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { get } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program, type Ready } from './support/program.ts';

let program: Program;
let ready: Ready;
let browser: Browser;
let page: Page;
let complaints: Complaints;
let web: Server;

beforeAll(async () => {
  web = createServer((request, response) => {
    response.statusCode = request.url?.startsWith('/down') === true ? 503 : 200;
    response.end(`web ${request.url ?? ''}`);
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  [program, browser] = await Promise.all([startProgram(), launchBrowser()]);
  ready = program.ready;
  page = await browser.newPage({
    viewport: { width: 1080, height: 900 },
    locale: 'en-US',
    timezoneId: 'Asia/Shanghai',
  });
  complaints = await watchPage(page);
  await page.goto(ready.console);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  web.close();
});
beforeEach(() => {
  complaints.list.length = 0;
});

const webUrl = (path = '/'): string =>
  `http://127.0.0.1:${String((web.address() as AddressInfo).port)}${path}`;

const open = async (place: string): Promise<void> => {
  await page.goto(new URL(`/#/${place}`, ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

interface ChatMessage {
  readonly message: { readonly text?: { content: string }; readonly file?: { name: string } };
}

async function chat(): Promise<readonly ChatMessage[]> {
  const response = await fetch(`${ready.simulator}/simulator/messages`);
  return ((await response.json()) as { messages: ChatMessage[] }).messages;
}

/** As a stranger asks: over the public name's own TLS. */
async function askPublic(path: string): Promise<string> {
  const ca = await readFile(ready.publicCa);
  const request = get(`${ready.public}${path}`, { ca, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

async function addService(id: string, url: string): Promise<void> {
  await open('routes?add=service');
  await page.getByRole('textbox', { name: /^ID/ }).fill(id);
  await page.getByRole('textbox', { name: 'Address of the service' }).fill(url);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('grid', { name: 'Services' }).getByRole('row', { name: id }).waitFor();
}

it('publishes a service, shows what it does, and withdraws it with a way back', async () => {
  await addService('web', webUrl());
  await open('services');
  await page.getByText('Nothing is published').waitFor();
  await expectAccessible(page, 'nothing published');
  await page.getByRole('button', { name: 'Publish a service' }).click();
  const path = page.getByRole('textbox', { name: /^Path/ });
  await path.fill('/wecom/callback');
  await path.blur();
  await page.getByText('Callbacks are answered here').waitFor();
  await path.fill('/shop');
  await page.getByRole('button', { name: /Service 1/ }).click();
  await page.getByRole('option', { name: /^web/ }).click();
  const way = page.getByRole('complementary', { name: 'What becomes of a request' });
  await way.getByText(`${webUrl()}shop/orders?page=2`).waitFor();
  await page.getByText('Remove the path before the request is passed on').click();
  await way.getByText(`${webUrl()}orders?page=2`).waitFor();
  await expectAccessible(page, 'service form');
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('grid', { name: 'Publishing' }).getByRole('row', { name: /\/shop/ });
  await row.getByText('web', { exact: true }).waitFor();
  await expectAccessible(page, 'published services');

  // The management API shows the same, and lists what the console made.
  const listed = (await (
    await fetch(`${ready.gateway}/api/services`, {
      headers: { authorization: `Bearer ${ready.apiKey}` },
    })
  ).json()) as { services: { id: string; path: string }[] };
  expect(listed.services).toMatchObject([{ id: 'shop', path: '/shop', stripPath: true }]);

  // From outside: relay, tunnel, gateway, the service; and its figures without asking again.
  expect(await askPublic('/shop/hello?a=1')).toBe('web /hello?a=1');
  await row.getByRole('gridcell', { name: '1', exact: true }).waitFor();

  await row.click();
  await page.getByRole('button', { name: 'Stop publishing' }).click();
  await page.getByText('Nothing is published').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  expect(complaints.list).toEqual([]);
});

it('schedules a message, shows its time, and takes it back before it leaves', async () => {
  await open('send/practice-robot');
  await page.getByRole('textbox', { name: /^Text/ }).fill('good morning, at nine');
  await page.getByRole('button', { name: 'How it is sent' }).click();
  const at = page.getByLabel(/^Send at/);
  await at.fill('2001-01-01T09:00');
  await at.blur();
  await page.getByText('This time is past.').waitFor();
  const tomorrow = new Date(Date.now() + 32 * 3_600_000).toISOString().slice(0, 10);
  await at.fill(`${tomorrow}T09:30`);
  await expectAccessible(page, 'scheduling');
  await page.getByRole('button', { name: 'Schedule' }).click();
  await page.getByText('Scheduled: it leaves by itself').waitFor();
  const queue = page.getByRole('region', { name: '1 waits to be sent' });
  await queue.getByText(/leaves .*09:30/).waitFor();
  await expectAccessible(page, 'a scheduled message');
  await queue.getByRole('button', { name: /^Take back/ }).click();
  await queue.waitFor({ state: 'detached' });
  expect((await chat()).some(({ message }) => message.text?.content.startsWith('good'))).toBe(
    false,
  );
  expect(complaints.list).toEqual([]);
});

it('checks a file by WeCom’s limits, uploads it in pieces and sends it', async () => {
  await open('send/practice-robot');
  await page.getByText('Voice', { exact: true }).click();
  const file = page.locator('input[type=file]');
  await file.setInputFiles({
    name: 'a.amr',
    mimeType: 'audio/amr',
    buffer: Buffer.from('RIFFWAVE'),
  });
  await page.getByText('This is not an AMR recording').waitFor();
  await page.getByText('File', { exact: true }).click();
  const bytes = Buffer.alloc(1_000_001, 'q3');
  await file.setInputFiles({ name: '季度报表.pdf', mimeType: 'application/pdf', buffer: bytes });
  await page.getByText(/^WeCom has it until/).waitFor();
  await page.getByRole('complementary', { name: 'Preview' }).getByText('季度报表.pdf').waitFor();
  await expectAccessible(page, 'an uploaded file');
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.getByText('errcode 0').waitFor();
  expect((await chat()).at(-1)?.message.file).toMatchObject({
    name: '季度报表.pdf',
    bytes: bytes.length,
  });
  expect(complaints.list).toEqual([]);
});

it('shows each attempt of a message that its services do not take, and why a service is out', async () => {
  await addService('down', webUrl('/down'));
  await open('routes?add=route');
  await page.getByRole('textbox', { name: 'Name' }).fill('Down');
  await page.getByRole('textbox', { name: /^Contains one of/ }).fill('help');
  await page.getByRole('button', { name: 'Add a service', exact: true }).click();
  await page.getByRole('button', { name: /Service 1/ }).click();
  await page.getByRole('option', { name: /^down/ }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page
    .getByRole('grid', { name: /^Routes/ })
    .getByRole('row', { name: 'Down' })
    .waitFor();
  await fetch(`${ready.simulator}/simulator/callbacks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bot: 'practice', type: 'text', text: 'help me', from: 'lisi' }),
  });
  await open('messages');
  const rows = page.getByRole('grid', { name: 'Messages' }).getByRole('row');
  await rows.filter({ hasText: 'lisi' }).first().click();
  const attempts = page.getByRole('region', { name: 'Attempts' }).getByRole('listitem');
  await attempts.first().getByText('HTTP 503').waitFor();
  await expectAccessible(page, 'attempts');
  await open('routes');
  const service = page.getByRole('grid', { name: 'Services' }).getByRole('row', { name: 'down' });
  await service.getByText('The internal service refused the message.').waitFor();
  await expectAccessible(page, 'a service that fails');
  expect(complaints.list).toEqual([]);
});
