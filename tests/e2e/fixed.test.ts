import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program } from './support/program.ts';

const CONFIG = `[storage]
retention = "7d"
max_size = "2GB"
redact_after = "3d"
[[targets]]
id = "svc"
url = "http://127.0.0.1:9/"
[[bots]]
id = "filed"
kind = "app"
name = "From the file"
token = "abc"
encoding_aes_key = "${'k'.repeat(43)}"
receive_id = "ww1"
target = "svc"
[[routes]]
id = "everything"
target = "svc"
`;

let dir: string;
let file: string;
let program: Program;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-e2e-fixed-'));
  file = join(dir, 'config.toml');
  await writeFile(file, CONFIG);
  [program, browser] = await Promise.all([
    startProgram('enrol', ['--config', file]),
    launchBrowser(),
  ]);
  page = await browser.newPage({ locale: 'en-US' });
  complaints = await watchPage(page);
  await page.goto(program.ready.console);
});
afterAll(async () => {
  await browser.close();
  await program.stop();
  await rm(dir, { recursive: true, force: true });
});

const open = async (place: string): Promise<void> => {
  await page.goto(new URL(`/#/${place}`, program.ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const main = (): Locator => page.getByRole('main');
const defined = (): string => `Defined in ${file}. Edit it there.`;

it('shows the settings of a file with their source and does not offer to change them', async () => {
  await open('settings');
  for (const [label, value] of [
    ['Keep messages', '7'],
    ['Most room for messages', '2048'],
    ['Erase message text after', '3'],
  ] as const) {
    const field = page.getByRole('textbox', { name: label });
    expect(await field.inputValue(), label).toBe(value);
    expect(await field.isDisabled(), label).toBe(true);
  }
  expect(await main().getByText(`Set by ${file}`).count()).toBeGreaterThanOrEqual(3);
  await expectAccessible(page, 'fixed settings');
});

it.each([
  ['bots', 'From the file', 'bots/filed'],
  ['routes', 'everything', 'routes/everything'],
  ['routes', 'svc', 'routes?service=svc'],
])('%s: %s is locked in the list and on its page', async (screen, name, place) => {
  await open(screen);
  await main()
    .getByRole('row')
    .filter({ hasText: name })
    .getByRole('img', { name: defined() })
    .first()
    .waitFor();
  await open(place);
  await main().getByText(defined()).waitFor();
  for (const verb of ['Save', /^(?:Delete|Remove)/, /^(?:Drain|Change the keys)/]) {
    expect(await main().getByRole('button', { name: verb }).count()).toBe(0);
  }
  for (const field of await main().locator('form').getByRole('textbox').all()) {
    expect(await field.isDisabled()).toBe(true);
  }
  await expectAccessible(page, place);
  expect(complaints.list).toEqual([]);
});

it('sets the room and the redaction of messages where no file does', async () => {
  await writeFile(file, CONFIG.replace(/max_size.*\nredact_after.*\n/, ''));
  const other = await startProgram('enrol', ['--config', file]);
  try {
    const own = await browser.newPage({ locale: 'en-US' });
    await own.goto(other.ready.console);
    await own.goto(new URL('/#/settings', other.ready.console).href);
    const room = own.getByRole('textbox', { name: 'Most room for messages' });
    await room.fill('100000001');
    await room.press('Enter');
    await own.getByText('0 to 100,000,000 MiB').waitFor();
    await room.fill('512');
    await room.press('Enter');
    await own.getByText('Saved', { exact: true }).waitFor();
    await own.reload();
    await expect.poll(() => room.inputValue()).toBe('512');
    const days = own.getByRole('textbox', { name: 'Erase message text after' });
    await days.fill('30');
    await days.press('Enter');
    await own.getByRole('button', { name: 'Undo' }).last().click();
    await expect.poll(() => days.inputValue()).toBe('0');
  } finally {
    await other.stop();
  }
});
