import { expect, it } from 'vitest';
import { openGallery } from './support/gallery-page.ts';

const at = openGallery({ viewport: { width: 900, height: 600 } });

const main = () => at.page.getByRole('main');
const focusOn = async (name: string | RegExp): Promise<void> =>
  at.page.getByRole('button', { name }).focus();
const hasFocus = (): Promise<boolean> =>
  main().evaluate((element) => document.activeElement === element);
const scrolled = (): Promise<number> => main().evaluate((element) => element.scrollTop);

it('gives the focus to the page when a form that was saved goes away', async () => {
  await at.show('online', 'routes?add=route');
  await at.page.getByRole('textbox', { name: 'Name' }).fill('Night');
  await focusOn('Save');
  await at.page.keyboard.press('Enter');
  await at.page.getByRole('grid', { name: /^Routes/ }).waitFor();
  await expect.poll(hasFocus).toBe(true);
});

it('gives the focus to the page when the last row went by a dialog, so that keys mean what they say', async () => {
  await at.show('online', 'tunnel');
  await focusOn(/^Forget/);
  await at.page.keyboard.press('Enter');
  await at.page.getByRole('dialog').getByRole('button', { name: 'Forget the relay' }).focus();
  await at.page.keyboard.press('Enter');
  await at.page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(hasFocus).toBe(true);
  await at.page.keyboard.press('g');
  await at.page.keyboard.press('o');
  await at.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(await at.page.getByRole('textbox').count()).toBe(0);
});

it('gives the focus back to what opened a dialog that was cancelled', async () => {
  await at.show('online', 'tunnel');
  await focusOn(/^Forget/);
  await at.page.keyboard.press('Enter');
  await at.page.getByRole('dialog').waitFor();
  await at.page.keyboard.press('Escape');
  await at.page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect
    .poll(() => at.page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toMatch(/^Forget/);
});

it('opens a form at its top, and returns to the row that it was opened from', async () => {
  await at.show('many', 'bots');
  await at.page.getByRole('rowheader', { name: /^第 150 病区/ }).click();
  await at.page.getByRole('heading', { level: 1, name: '第 150 病区' }).waitFor();
  await expect.poll(scrolled).toBe(0);
  await at.page.goBack();
  const row = at.page.getByRole('rowheader', { name: /^第 150 病区/ });
  await expect
    .poll(() => row.evaluate((element) => element.getBoundingClientRect().top))
    .toBeLessThan(600);
  expect(await scrolled()).toBeGreaterThan(0);
});

it('says the same in a dialog until it has faded', async () => {
  await at.show('online', 'tunnel');
  await focusOn(/^Forget/);
  await at.page.keyboard.press('Enter');
  const dialog = at.page.getByRole('dialog');
  await dialog.waitFor();
  await at.page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const read = (): void => {
      const heading = document.querySelector('[role="dialog"] h2');
      if (heading !== null) said.push(heading.textContent ?? '');
    };
    read();
    const options = { childList: true, subtree: true, characterData: true };
    new MutationObserver(read).observe(document.body, options);
  });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  const said = await at.page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect([...new Set(said)]).toEqual(['Forget the relay relay-sh-1?']);
});

it('shows a field that has the focus, and what is wrong with it, above the bar with Save', async () => {
  await at.show('online', 'send/orders');
  await at.page.getByRole('textbox', { name: /^Members/ }).fill('zhangsan');
  await at.page.getByRole('button', { name: /^Send/ }).click();
  const text = at.page.getByRole('textbox', { name: /^Text/ });
  await expect
    .poll(() => text.evaluate((element) => document.activeElement === element))
    .toBe(true);
  const wrong = await at.page.getByText('This is needed.').last().boundingBox();
  const bar = await at.page.getByRole('button', { name: /^Send/ }).boundingBox();
  expect((wrong?.y ?? 0) + (wrong?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
});

it('shows whatever Tab comes to above the bar with Save', async () => {
  await at.show('online', 'bots/orders');
  const bar = await at.page.getByRole('button', { name: 'Save' }).boundingBox();
  await at.page.getByRole('textbox', { name: 'Name' }).focus();
  const isSave = (): Promise<boolean> =>
    at.page.evaluate(() => document.activeElement?.textContent === 'Save');
  for (let stops = 0; stops < 60 && !(await isSave()); stops += 1) {
    const [bottom, what] = await at.page.evaluate(() => {
      const held = document.activeElement?.closest('label') ?? document.activeElement;
      return [held?.getBoundingClientRect().bottom ?? 0, held?.outerHTML.slice(0, 200) ?? ''];
    });
    expect(bottom, what).toBeLessThanOrEqual(bar?.y ?? 0);
    await at.page.keyboard.press('Tab');
  }
  expect(await isSave()).toBe(true);
});
