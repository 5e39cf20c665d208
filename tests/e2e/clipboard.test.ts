import { beforeEach, expect, it } from 'vitest';
import { openGallery } from './support/gallery-page.ts';

const at = openGallery({ permissions: ['clipboard-read'] });
beforeEach(async () => {
  await at.show('online', 'tunnel');
  await at.page.evaluate(() => {
    // As over plain HTTP, or where the browser was told to refuse.
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'));
  });
});

const copy = (): Promise<void> =>
  at.page.getByRole('button', { name: /^Copy the public address/ }).click();

it('copies where the browser offers only the older way', async () => {
  await copy();
  await expect
    .poll(() => at.page.evaluate(() => navigator.clipboard.readText()))
    .toBe('https://corp-bot.example.com');
});

it('says in sight that nothing was copied, and what would let it be', async () => {
  await at.page.evaluate(() => {
    document.execCommand = () => false;
    // What is said stands for a while only, which a slow page may be late to look at.
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      said.push(document.querySelector('[role="tooltip"]')?.textContent ?? '');
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await copy();
  await expect
    .poll(() => at.page.evaluate(() => (window as unknown as { said: string[] }).said))
    .toContain(
      'The browser did not allow copying. Let this page use the clipboard, then try again.',
    );
});
