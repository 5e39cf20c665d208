import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectAccessible } from './support/browser.ts';
import { openGallery } from './support/gallery-page.ts';

const at = openGallery({ viewport: { width: 1280, height: 800 } });
beforeEach(() => at.show('online', 'overview'));

const open = async (hash: string): Promise<void> => {
  await at.page.evaluate((to) => (window.location.hash = to), hash);
};
const field = (name: string): Locator => at.page.getByRole('textbox', { name, exact: true });
const notice = (): Locator => at.page.getByText('What you had typed here is back.');
const press = (name: string): Promise<void> => at.page.getByRole('button', { name }).click();

describe('a form that is left unsaved', () => {
  it.each([
    ['bot', '#/bots?add=app', 'Name'],
    ['route', '#/routes?add=route', 'Name'],
    ['service', '#/routes?add=service', 'ID'],
    ['published service', '#/services?add', 'Path'],
  ])('of a %s has what was typed when one comes back, and says so', async (_what, hash, name) => {
    await open(hash);
    const before = await field(name).inputValue();
    await field(name).fill('/night');
    await at.page.getByRole('link', { name: 'Logs' }).click();
    await at.page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await at.page.goBack();
    await notice().waitFor();
    expect(await field(name).inputValue()).toBe('/night');
    await expectAccessible(at.page, hash);

    await press('Discard');
    await notice().waitFor({ state: 'detached' });
    expect(await field(name).inputValue()).toBe(before);
    await open('#/logs');
    await at.page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await open(hash);
    await field(name).waitFor();
    expect(await field(name).inputValue()).toBe(before);
    expect(await notice().count()).toBe(0);
  });

  it('is forgotten once it was saved', async () => {
    await open('#/routes?add=route');
    await field('Name').fill('Night');
    await press('Save');
    await at.page.getByRole('grid', { name: /^Routes/ }).waitFor();
    await open('#/routes?add=route');
    await field('Name').waitFor();
    expect(await field('Name').inputValue()).toBe('');
    expect(await notice().count()).toBe(0);
  });
});
