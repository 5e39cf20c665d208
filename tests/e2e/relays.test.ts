import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startEnrollingRelay, type EnrollingRelay } from './support/enrolling-relay.ts';
import { startProgram, type Program } from './support/program.ts';

let a: EnrollingRelay;
let b: EnrollingRelay;
let program: Program;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  [a, b, program, browser] = await Promise.all([
    startEnrollingRelay('relay-a', '192.0.2.7'),
    startEnrollingRelay('relay-b', '192.0.2.8'),
    startProgram('enrol'),
    launchBrowser(),
  ]);
  page = await browser.newPage({ locale: 'en-US' });
  complaints = await watchPage(page);
  await page.goto(program.ready.console);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  await Promise.all([a.close(), b.close()]);
});

const open = async (place: string): Promise<void> => {
  await page.goto(new URL(`/#/${place}`, program.ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const strip = (): Locator => page.getByRole('banner');
/** One relay of the list on the tunnel's page. */
const relay = (name: string): Locator =>
  page.getByRole('main').getByRole('listitem').filter({ hasText: name });
const order = (): Promise<string[]> => page.getByRole('heading', { level: 3 }).allTextContents();

/** Saves the auth file that waits, as its text. */
async function saveFile(): Promise<string> {
  const downloading = page.waitForEvent('download');
  await button('Save the auth file').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^causeway-auth-[0-9a-f]{8}\.json$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(text).not.toContain('PRIVATE KEY');
  return text;
}

it('makes an auth file, and another when the relay turns it down', async () => {
  await page.getByRole('tab', { name: 'With an auth file' }).click();
  const address = page.getByRole('textbox', { name: /^Address of the relay/ });
  await address.fill('relay without a port');
  await address.blur();
  await page.getByText('A name or address with its port', { exact: false }).waitFor();
  await address.fill(a.relay.addresses.control);
  await page
    .getByRole('textbox', { name: /^Fingerprint/ })
    // With colons, as OpenSSL prints it.
    .fill(new X509Certificate(a.relay.caPem).fingerprint256);
  await expectAccessible(page, 'auth file form');
  await button('Make the auth file').click();
  await strip().getByText('Waiting for approval').waitFor();
  await expectAccessible(page, 'auth file under way');

  a.relay.authFiles.refuse(await a.relay.authFiles.upload(await saveFile()));
  await button('Ask now').click();
  await page.getByText('Turned down', { exact: true }).waitFor();
  await expectAccessible(page, 'auth file turned down');
  await button('Make a new auth file').click();
  await button('Save the auth file').waitFor();
  expect(complaints.list).toEqual([]);
});

it('picks the certificate up once the file has been uploaded and approved', async () => {
  const fingerprint = await a.relay.authFiles.upload(await saveFile());
  await page.getByText(fingerprint.slice(0, 16), { exact: false }).first().waitFor();
  await button('Ask now').click();
  await page.getByText('Not approved yet', { exact: false }).waitFor();
  await a.relay.authFiles.approve(fingerprint, a.tunnel);
  // It looks by itself every fifteen seconds, and may have been quicker.
  await button('Ask now')
    .click({ timeout: 2_000 })
    .catch(() => undefined);
  await strip().getByText('Connected', { exact: true }).waitFor();
  expect(complaints.list).toEqual([]);
});

it('says that there is no standby, and takes a second relay by token', async () => {
  await open('overview');
  await page.getByRole('main').getByText('No standby').waitFor();
  await open('tunnel');
  await relay('relay-a').getByText('In use').waitFor();
  await page.getByText('There is no standby.', { exact: false }).waitFor();
  await button('Add a relay').click();
  const token = page.getByRole('textbox', { name: 'Enrolment token' });
  await token.fill(b.relay.createToken(b.tunnel, 60_000));
  await button('Join this relay').click();
  await relay('relay-b').getByText('Standby').waitFor();
  await relay('relay-a').getByText('Leave by this relay').waitFor();
  await relay('relay-b').getByText('Come in by it').waitFor();
  await relay('relay-b').getByText('192.0.2.8').waitFor();
  await expectAccessible(page, 'two relays');
  await open('overview');
  await page.getByRole('main').getByText('relay-b').waitFor();
  expect(complaints.list).toEqual([]);
});

it('puts the relays in another order, and back', async () => {
  await open('tunnel');
  await relay('relay-b').getByText('Standby').waitFor();
  expect(await order()).toEqual(['relay-a', 'relay-b']);
  await button('Prefer relay-b more').click();
  await expect.poll(order).toEqual(['relay-b', 'relay-a']);
  await button('Undo').click();
  await expect.poll(order).toEqual(['relay-a', 'relay-b']);
});

it('shows the relay that failed with its reason, and which took over', async () => {
  await open('tunnel');
  await relay('relay-a').getByText('In use').waitFor();
  await a.fail();
  await relay('relay-b').getByText('In use').waitFor();
  await page.getByText('Messages moved from relay-a to relay-b', { exact: false }).waitFor();
  await relay('relay-a').getByText('Down', { exact: true }).waitFor();
  await relay('relay-a')
    .getByText(/^[A-Z_]{5,}$/)
    .waitFor();
  await expectAccessible(page, 'a relay is down');
  await open('overview');
  await page.getByText('The relay relay-a is not connected.').waitFor();
  expect(complaints.list).toEqual([]);
});

it('forgets a relay only after it was asked', async () => {
  await open('tunnel');
  await button('Forget relay-a').click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByText('Messages and callbacks go on by relay-b.').waitFor();
  await page.keyboard.press('Escape');
  expect(await order()).toEqual(['relay-a', 'relay-b']);
  await button('Forget relay-a').click();
  await dialog.getByRole('button', { name: 'Forget the relay' }).click();
  await expect.poll(order).toEqual(['relay-b']);
  await strip().getByText('Connected', { exact: true }).waitFor();
  expect(complaints.list).toEqual([]);
});
