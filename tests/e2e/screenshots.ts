// `npm run screenshots [-- --all DIR]`: pictures of the console in practice mode, with real traffic. Without `--all` it renews those of the
// README; with it, every screen × theme × language × size goes to DIR, and so do the states that practice mode does not come
// into; `--states DIR` takes those alone.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { startGallery, stateName, STATES } from './support/gallery.ts';
import { startProgram, type Ready } from './support/program.ts';
import { buildIfStale } from '../../scripts/lib/build.ts';
import { root, say } from '../../scripts/lib/paths.ts';

const SCREENS = [
  'overview',
  'messages',
  'send',
  'bots',
  'routes',
  'services',
  'services?add=service',
  'tunnel',
  'certificates',
  'logs',
  'settings',
  'enrol',
];
const SIZES = [
  { width: 1080, height: 720 },
  { width: 900, height: 600 },
];
const LOCALES = { en: 'en-US', zh: 'zh-CN' } as const;
const THEMES = ['light', 'dark'] as const;
/** Long enough for transitions and the coalesced topics. */
const SETTLE_MS = 600;

const SAYINGS = ['你好', '今天的排班表', 'status of line 3?', 'help', '下午三点开会', 'time'];

/** A few users talk to the bot, and the robot says something, so that no screen is empty. */
async function makeTraffic(ready: Ready): Promise<void> {
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${ready.simulator}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (const [index, text] of SAYINGS.entries()) {
    await post('/simulator/callbacks', {
      bot: 'practice',
      type: 'text',
      text,
      from: ['zhangsan', 'lisi', 'wangwu'][index % 3],
    });
  }
  await post('/simulator/callbacks', {
    bot: 'practice',
    type: 'event',
    event: 'enter_agent',
    from: 'lisi',
  });
  await fetch(`${ready.gateway}/api/bots/practice-robot/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ready.apiKey}` },
    body: JSON.stringify({
      msgtype: 'markdown',
      markdown: { content: '**Line 3** <font color="warning">stopped</font> at 14:02' },
    }),
  });
}

async function shoot(page: Page, origin: string, screen: string, file: string): Promise<void> {
  await page.goto(new URL(`/#/${screen}`, origin).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: file });
}

/** Each state in each language and theme; returns how many. */
async function shootStates(browser: Browser, folder: string): Promise<number> {
  const gallery = await startGallery();
  let taken = 0;
  for (const locale of ['en', 'zh-CN'] as const) {
    for (const theme of THEMES) {
      const page = await browser.newPage({ viewport: SIZES[0] ?? null });
      for (const state of STATES) {
        await page.goto(gallery.address(state, locale, theme));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForTimeout(SETTLE_MS);
        const name = `state-${stateName(state)}-${theme}-${locale}.png`;
        await page.screenshot({ path: join(folder, name) });
        taken += 1;
      }
      await page.close();
    }
  }
  await gallery.close();
  return taken;
}

const at = process.argv.findIndex((word) => word === '--all' || word === '--states');
const all = process.argv[at] === '--all';
const folder = at === -1 ? join(root, 'docs', 'images') : (process.argv[at + 1] ?? 'screenshots');
await mkdir(folder, { recursive: true });
if (at !== -1 && !all) {
  const browser = await launchBrowser();
  say(`${await shootStates(browser, folder)} screenshots in ${folder}.`);
  await browser.close();
  process.exit(0);
}
await buildIfStale();
const [program, browser] = await Promise.all([startProgram(), launchBrowser()]);
await makeTraffic(program.ready);
const login = await browser.newContext();
await (await login.newPage()).goto(program.ready.console);
const storageState = await login.storageState();
let count = 0;
for (const [name, locale] of Object.entries(LOCALES)) {
  for (const colorScheme of THEMES) {
    for (const viewport of all ? SIZES : SIZES.slice(0, 1)) {
      const context = await browser.newContext({
        storageState,
        locale,
        colorScheme,
        viewport,
        deviceScaleFactor: all ? 1 : 1.5,
      });
      // The host's language rules, so that it is set as an operator would.
      const page = await context.newPage();
      await page.addInitScript((value) => {
        Object.defineProperty(navigator, 'languages', { get: () => [value] });
      }, locale);
      await page.goto(program.ready.console.replace(/\/login\/.*/, '/'));
      await page.evaluate(setLocale, locale);
      for (const screen of all ? SCREENS : ['overview']) {
        const size = all ? `-${viewport.width}` : '';
        await shoot(
          page,
          program.ready.console,
          screen,
          join(folder, `${screen.replaceAll(/[^a-z]+/g, '-')}-${colorScheme}-${name}${size}.png`),
        );
        count += 1;
      }
      await context.close();
    }
  }
}
if (all) count += await shootStates(browser, folder);
await browser.close();
await program.stop();
say(`${count} screenshots in ${folder}.`);

/** Runs in the page: sets the language over the console's own socket. */
async function setLocale(locale: string): Promise<void> {
  const { location, WebSocket: Socket } = globalThis as unknown as {
    location: { href: string };
    WebSocket: typeof WebSocket;
  };
  const socket = new Socket(new URL('/api/console', location.href));
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve);
  });
  const answered = new Promise<void>((resolve) => {
    socket.addEventListener('message', (event) => {
      if (String(event.data).includes('"reply"')) resolve();
    });
  });
  const input = { locale: locale === 'zh-CN' ? 'zh-CN' : 'en' };
  socket.send(JSON.stringify({ kind: 'call', id: 1, name: 'settings.update', input }));
  await answered;
  socket.close();
}
