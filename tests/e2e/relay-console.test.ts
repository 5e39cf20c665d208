import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolDevice } from '../../relay/testing/identity.ts';
import { connectPeer, type Peer } from '../../relay/testing/peer.ts';
import { h2 } from '../../relay/testing/public.ts';
import { signedCall } from '../../relay/testing/wecom.ts';
import { expectAccessible, launchBrowser, watchPage, type Complaints } from './support/browser.ts';
import { startConsoleRelay, type ConsoleRelay } from './support/relay.ts';

const DOMAIN = 'bot.test';
const PASSWORD = 'a sentence is a good password';

let relay: ConsoleRelay;
let browser: Browser;
let page: Page;
let complaints: Complaints;
let peer: Peer;

beforeAll(async () => {
  relay = await startConsoleRelay([DOMAIN]);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1080, height: 720 }, locale: 'en-GB' });
  complaints = await watchPage(page);
  await page.goto(relay.relay.addresses.admin);
});
afterAll(async () => {
  peer.close();
  await browser.close();
  await relay.close();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const heading = (name: string) => page.getByRole('heading', { name, level: 1 });
/** A segment's radio button is hidden behind its label. */
const choose = (label: string): Promise<void> =>
  page.locator('label', { hasText: new RegExp(`^${label}$`) }).click();
const open = (path: string): Promise<unknown> =>
  page.goto(`${relay.relay.addresses.admin}/#/${path}`);

describe('an operator of the relay', () => {
  it('signs in with the one-time password and chooses another', async () => {
    await expectAccessible(page, 'sign-in');
    await page.getByLabel('User').fill(relay.user);
    await page.getByLabel('Password', { exact: true }).fill(relay.oncePassword);
    await page.keyboard.press('Enter');
    await page.getByLabel('New password').fill(PASSWORD);
    await expectAccessible(page, 'choosing a password');
    await page.keyboard.press('Enter');
    await heading('relay-sh-1').waitFor();
    expect(await page.title()).toBe('Overview · relay-sh-1 – Causeway');
  });

  it('creates a tunnel and makes a token that a real device enrols with', async () => {
    await button('Create a tunnel').click();
    await page.getByLabel('Name').fill('acme');
    await page.getByLabel('Domains').fill(`${DOMAIN}\n*.wild.test`);
    await page.getByRole('dialog').getByRole('button', { name: 'Create a tunnel' }).click();
    await heading('acme').waitFor();
    await button('New enrolment token').first().click();
    await button('Make the token').click();
    const token = await page.locator('[data-token]').textContent();
    await expectAccessible(page, 'a token');
    await button('Done').click();
    const identity = await enrolDevice(token ?? '');
    peer = await connectPeer({
      identity,
      onStream: (stream) => {
        stream.respond({ ':status': 200, 'x-causeway-source': 'origin' });
        stream.end('ok');
      },
    });
    await page
      .getByRole('rowheader', { name: /test-host/ })
      .first()
      .waitFor();
    await page.getByText('1 session', { exact: true }).waitFor();
    await page.getByText('Used by').waitFor();
    expect(relay.relay.listTunnels()).toMatchObject([{ name: 'acme', sessions: 1 }]);
  });

  it('sees requests as they come', async () => {
    await page.getByRole('link', { name: 'Traffic' }).click();
    await page.getByText('No request has come yet').waitFor();
    await h2(relay.target, { path: '/wecom/callback/desk?msg=1', method: 'POST', body: 'x' });
    const row = page.getByRole('row', { name: /POST \/wecom\/callback\/desk bot\.test 200/ });
    await row.waitFor();
    await h2(relay.target, { path: '/nobody', host: 'else.test' });
    await button('Pause').waitFor();
    await choose('Failed');
    await page.getByRole('row', { name: /GET \/nobody/ }).waitFor();
    await row.waitFor({ state: 'detached' });
    expect(await row.count()).toBe(0);
  });

  it('sets a white-list, sees a wrong line named, and takes a change back', async () => {
    await open('tunnels/acme/access');
    await page.getByLabel('Source addresses').fill('192.0.2.0/24\nnowhere');
    await page.getByLabel('Paths').fill('/wecom/*');
    await page.getByText('“nowhere” is neither').waitFor();
    await page.getByLabel('Source addresses').fill('192.0.2.0/24');
    await button('Save').click();
    await button('Undo').click();
    await expect.poll(() => page.getByLabel('Source addresses').inputValue()).toBe('');
  });

  it('gives one domain white-lists of its own, and the tunnel’s again', async () => {
    await open('tunnels/acme/access');
    await button(/White-lists of/).click();
    await page.getByRole('option', { name: /^bot\.test/ }).click();
    await button('Give it its own').click();
    await page.getByLabel('Paths').fill('/wecom/*');
    await expectAccessible(page, 'lists of a domain');
    await button('Save').click();
    await expect
      .poll(() => relay.relay.rules.of('acme')?.domains)
      .toEqual({ [DOMAIN]: { paths: ['/wecom/*'], sources: [] } });
    expect((await h2(relay.target, { path: '/elsewhere' })).status).toBe(404);
    await button('Take the tunnel’s again').click();
    await page.getByText('takes the white-lists of the tunnel').waitFor();
    expect((await h2(relay.target, { path: '/elsewhere' })).status).toBe(200);
  });

  it('walks every page by keyboard', async () => {
    for (const [key, title] of [
      ['o', 'relay-sh-1'],
      ['t', 'Tunnels'],
      ['r', 'Traffic'],
      ['c', 'Certificates'],
      ['a', 'Audit log'],
      ['s', 'Settings'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await heading(title).waitFor();
      expect(await heading(title).count()).toBe(1);
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('asks before it ends a token or a signature check; Escape keeps both', async () => {
    await open('tunnels/acme');
    await button('New enrolment token').first().click();
    await button('Make the token').click();
    await button('Done').click();
    const tokens = page.getByRole('grid', { name: 'Enrolment tokens' });
    await tokens.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tokens.getByRole('button', { name: 'Revoke…' }).click();
    await button('Revoke the token').click();
    await tokens.getByText('Revoked').waitFor();

    await open('tunnels/acme/protection');
    await page.getByLabel('Token', { exact: true }).fill('abcDEF123');
    await button('Add').click();
    await button('Remove…').last().click();
    await expectAccessible(page, 'taking a signature check off');
    await page.keyboard.press('Escape');
    expect(relay.relay.rules.of('acme')?.gates).toHaveLength(1);
    await button('Remove…').last().click();
    await button('Stop checking').click();
    await expect.poll(() => relay.relay.rules.of('acme')?.gates).toEqual([]);
  });
});

describe('a tunnel that is removed', () => {
  it('loses its domains by name first, and Back does not return to it', async () => {
    relay.relay.createTunnel({ name: 'ward', domains: ['a.ward.test', 'b.ward.test'] });
    await open('tunnels/ward/domains');
    await button('Unbind… b.ward.test').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Unbind' }).click();
    await button('Unbind… b.ward.test').waitFor({ state: 'detached' });
    await expect
      .poll(() => page.evaluate(() => document.activeElement === document.querySelector('main')))
      .toBe(true);
    await open('tunnels');
    await page.getByRole('rowheader', { name: /ward/ }).click();
    await heading('ward').waitFor();
    await button('Remove…').click();
    await button('Remove the tunnel').click();
    await heading('Tunnels').waitFor();
    expect(new URL(page.url()).hash).toBe('#/tunnels');
    await page.goBack();
    await heading('Tunnels').waitFor();
    expect(new URL(page.url()).hash).toBe('#/tunnels');
  });
});

describe('every page is accessible', () => {
  const places = [
    'overview',
    'tunnels',
    'tunnels/acme',
    'tunnels/acme/domains',
    'tunnels/acme/access',
    'tunnels/acme/protection',
    'traffic',
    'certificates',
    'audit',
    'settings',
  ];

  it.each([
    ['en', 'light', 'Light'],
    ['en', 'dark', 'Dark'],
    ['zh-CN', 'dark', '深色'],
    ['zh-CN', 'light', '浅色'],
  ])('in %s, %s', async (locale, theme, themeWord) => {
    await open('settings');
    await page.getByRole('button', { name: /English|简体中文|As the browser/ }).click();
    await page.getByRole('option', { name: locale === 'en' ? 'English' : '简体中文' }).click();
    await page.waitForFunction((wanted) => document.documentElement.lang === wanted, locale);
    await choose(themeWord);
    await page.waitForFunction(
      (wanted) => document.documentElement.dataset['theme'] === wanted,
      theme,
    );
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    for (const place of places) {
      await open(place);
      await page.locator('main h1').waitFor();
      await expectAccessible(page, `${place} ${locale} ${theme}`);
    }
  });
});

describe('an outage', () => {
  it('shows what is held, and drops it when that is confirmed', async () => {
    const path = '/wecom/callback/held';
    relay.relay.createTunnel({ name: 'alone', domains: ['alone.test'] });
    relay.relay.rules.setGate('alone', { path, token: 'QDG6eK' });
    relay.relay.rules.setHold('alone', { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 ** 2 });
    const call = signedCall({ token: 'QDG6eK', path });
    expect((await h2(relay.target, { ...call, host: 'alone.test' })).status).toBe(200);
    await open('settings');
    await page.getByRole('button', { name: /简体中文/ }).click();
    await page.getByRole('option', { name: 'English' }).click();
    await open('overview');
    await page.getByText('1 callback is held for alone').waitFor();
    await button('Look').click();
    await page.getByText(/1 callback is held, /).waitFor();
    await button('Drop…').click();
    await expectAccessible(page, 'dropping');
    await button('Drop them').click();
    await page.getByText(/1 callback is held, /).waitFor({ state: 'detached' });
    expect(relay.relay.held()).toEqual({});
    await open('settings');
    await page.getByRole('button', { name: /English/ }).click();
    await page.getByRole('option', { name: '简体中文' }).click();
  });
});

describe('an end', () => {
  it('a revoked device is cut off, and the log of it all is whole', async () => {
    await open('settings');
    await page.getByRole('button', { name: /简体中文/ }).click();
    await page.getByRole('option', { name: 'English' }).click();
    await open('tunnels/acme');
    await button('Revoke…').click();
    await expectAccessible(page, 'revoking');
    await button('Revoke the certificate').click();
    await peer.event('revoked');
    await page.getByText('Nothing is connected.').waitFor();
    await open('audit');
    await page.getByText(/The chain is whole: \d+ entries/).waitFor();
    await page.getByRole('rowheader', { name: 'Device revoked' }).click();
    await page.getByRole('dialog').getByText('test-host').waitFor();
    expect(relay.relay.listTunnels()[0]).toMatchObject({ name: 'acme', sessions: 0 });
    await page.keyboard.press('Escape');
  });

  it('signing out ends the session', async () => {
    await button('Sign out').first().click();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('Password', { exact: true }).waitFor();
    expect(await button('Sign in').count()).toBe(1);
  });

  it('nothing was complained of', () => {
    expect(complaints.list).toEqual([]);
  });
});
