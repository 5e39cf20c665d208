import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signedTextCallback } from '../support/callback.ts';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startProgram, type Program, type Ready } from './support/program.ts';

const SCREENS = [
  'overview',
  'messages',
  'send',
  'bots',
  'routes',
  'services',
  'tunnel',
  'certificates',
  'logs',
  'settings',
  'enrol',
];

let program: Program;
let ready: Ready;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  [program, browser] = await Promise.all([startProgram(), launchBrowser()]);
  ready = program.ready;
  context = await browser.newContext({ viewport: { width: 1080, height: 720 }, locale: 'en-US' });
  page = await context.newPage();
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

const open = async (screen: string): Promise<void> => {
  await page.goto(new URL(`/#/${screen}`, ready.console).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

const strip = () => page.getByRole('banner', { name: 'Tunnel' });

/** A user says something to the practice app, through the public side. */
async function userSays(text: string): Promise<string> {
  const app = ready.bots.find((bot) => bot.kind === 'app');
  if (app?.kind !== 'app') throw new Error('no app');
  const callback = signedTextCallback(app, text);
  const response = await fetch(`${ready.gateway}/wecom/callback/practice?${callback.query}`, {
    method: 'POST',
    body: callback.body,
  });
  expect(response.status).toBe(200);
  return callback.msgId;
}

describe('login', () => {
  it('takes the one-time link once', async () => {
    const other = await browser.newContext();
    const stranger = await other.newPage();
    const again = await stranger.goto(ready.console);
    expect(again?.status()).toBeGreaterThanOrEqual(400);
    const bare = await stranger.goto(new URL('/', ready.console).href);
    expect(bare?.status()).toBeGreaterThanOrEqual(400);
    expect(await stranger.content()).not.toContain('id="root"');
    await other.close();
  });
});

describe('one click', () => {
  it('disconnects and connects, and every part of the screen says so', async () => {
    await open('overview');
    await strip().getByText('Connected').waitFor();
    await strip().getByRole('button', { name: 'Disconnect' }).click();
    await strip().getByText('Disconnected').waitFor();
    await page.getByText('switched off').first().waitFor();
    await strip().getByRole('button', { name: 'Connect', exact: true }).click();
    await strip().getByText('Connected', { exact: true }).waitFor();
    await strip().getByRole('button', { name: 'Disconnect' }).waitFor();
    expect(complaints.list).toEqual([]);
  });
});

describe('messages', () => {
  it('appear by themselves, with how they were answered, and are found by MsgId', async () => {
    await open('overview');
    const msgId = await userSays('hello from the end-to-end test');
    await page
      .getByRole('row')
      .filter({ hasText: 'zhangsan' })
      .filter({ hasText: 'Replied' })
      .first()
      .waitFor();
    await open('messages');
    await page.keyboard.press('/');
    await page.keyboard.type(msgId);
    await page.getByRole('row').filter({ hasText: 'zhangsan' }).first().waitFor();
    expect(await page.getByText('hello from the end-to-end test').count()).toBe(0);
    expect(complaints.list).toEqual([]);
  });
});

describe('the test message', () => {
  it('is sent, WeCom’s answer is shown, and the simulator has it', async () => {
    await open('send');
    await page.getByRole('textbox', { name: /^Text/ }).fill('Test from the console 测试');
    await page.getByRole('button', { name: /^Send/ }).click();
    await page
      .getByText(/errcode 0|errcode: 0/)
      .first()
      .waitFor();
    const shown = (await (await fetch(`${ready.simulator}/simulator/messages`)).json()) as {
      messages: { message: { text?: { content: string } } }[];
    };
    expect(shown.messages.at(-1)?.message.text?.content).toBe('Test from the console 测试');
    expect(complaints.list).toEqual([]);
  });
});

describe('the log', () => {
  it('shows lines as they come, finds words and filters by level', async () => {
    await open('logs');
    await page.getByText('session up').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('session up');
    await page
      .getByText(/^\d+ match(es)?$|^\d+ of \d+$/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    const levels = page.getByRole('button', { name: /^Info/ });
    await levels.click();
    await page.getByText('session up').first().waitFor({ state: 'detached' });
    await levels.click();
    await page.getByText('session up').first().waitFor();
    expect(complaints.list).toEqual([]);
  });
});

describe('language and theme', () => {
  it('change at once, everywhere, and stay', async () => {
    await open('settings');
    await page.getByRole('button', { name: /Language/ }).click();
    await page.getByRole('option', { name: '简体中文' }).click();
    await page.getByRole('heading', { level: 1, name: '设置' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await page.getByText('深色', { exact: true }).click();
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset['theme']))
      .toBe('dark');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: '设置' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    expect(complaints.list).toEqual([]);
  });
});

describe.each([
  ['en', 'light'],
  ['en', 'dark'],
  ['zh-CN', 'light'],
  ['zh-CN', 'dark'],
] as const)('%s, %s', (locale, theme) => {
  it.each(SCREENS)('%s is accessible and quiet', async (screen) => {
    await setSettings({ locale, theme });
    await open(screen);
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe(locale);
    await expectAccessible(page, `${screen} ${locale} ${theme}`);
    expect(complaints.list).toEqual([]);
  });
});

/** Sets language and theme over the console's own WebSocket, as its page does. */
async function setSettings(values: { locale: string; theme: string }): Promise<void> {
  await page.evaluate(async (input) => {
    const socket = new WebSocket(new URL('/api/console', window.location.href));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const answered = new Promise<void>((resolve) => {
      socket.onmessage = (event: MessageEvent<string>) => {
        const frame = JSON.parse(event.data) as { kind: string };
        if (frame.kind === 'reply') resolve();
      };
    });
    socket.send(JSON.stringify({ kind: 'call', id: 1, name: 'settings.update', input }));
    await answered;
    socket.close();
  }, values);
}
