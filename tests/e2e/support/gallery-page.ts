import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { launchBrowser } from './browser.ts';
import { startGallery, type Gallery, type GalleryState } from './gallery.ts';

/** A page of the gallery, in English and light, for each test of a file. */
export interface GalleryPage {
  readonly page: Page;
  /** Resolves once the screen stands. */
  show(scenario: GalleryState['scenario'], place: string): Promise<void>;
}

export function openGallery(options: BrowserContextOptions): GalleryPage {
  let gallery: Gallery;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
  });
  beforeEach(async () => {
    page = await browser.newPage(options);
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser.close();
    await gallery.close();
  });
  return {
    get page() {
      return page;
    },
    async show(scenario, place) {
      await page.goto(gallery.address({ scenario, place }, 'en', 'light'));
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
  };
}
