// `npm run icons`: draws the tray icons (state × system × theme) and the app icons from assets/src, in Chromium.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from './lib/chromium.ts';
import { encodeIco } from './lib/ico.ts';
import { root, say } from './lib/paths.ts';

/** On a 16 × 16 grid: the deck of the causeway, with what a state says in shape as well as in colour. */
const shapes: Readonly<Record<string, { readonly mark: string; readonly tint: string }>> = {
  off: {
    tint: '#8a9499',
    mark: '<path d="M2 8h12" opacity=".55"/><circle cx="8" cy="8" r="2.4" fill="none"/>',
  },
  connecting: {
    tint: '#2f8f9a',
    mark: '<path d="M2 8h3M6.6 8h2.8M11 8h3"/><circle cx="8" cy="3.6" r="1.2" fill="currentColor" stroke="none"/>',
  },
  online: {
    tint: '#139a7d',
    mark: '<path d="M1.6 8h12.8"/><circle cx="8" cy="8" r="2.6" fill="currentColor"/>',
  },
  degraded: {
    tint: '#b7791f',
    mark: '<path d="M1.6 8h3M11.4 8h3"/><path d="M8 4.2l3.3 6.2H4.7z" fill="currentColor" stroke-linejoin="round"/>',
  },
  error: {
    tint: '#c53b32',
    mark: '<path d="M1.6 8h2.6M11.8 8h2.6M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2"/>',
  },
  setup: { tint: '#2f8f9a', mark: '<path d="M1.6 8h2.4M12 8h2.4M8 5.2v5.6M5.2 8h5.6"/>' },
};
const ARCHES =
  '<path d="M3 13.4v-.9a1.7 1.7 0 0 1 3.4 0v.9M9.6 13.4v-.9a1.7 1.7 0 0 1 3.4 0v.9" stroke-width="1.3"/>';

function traySvg(state: string, colour: string, markColour: string): string {
  const shape = shapes[state];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="${colour}" stroke-width="1.7" stroke-linecap="round">` +
    `${ARCHES}<g transform="translate(0 -1.5)" color="${markColour}" stroke="${markColour}">${shape?.mark ?? ''}</g></svg>`
  );
}

async function draw(page: Page, svg: string, size: number): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  return page.screenshot({ omitBackground: true });
}

const executablePath = findChromium();
if (executablePath === null) throw new Error('Chromium is needed to draw the icons.');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
const tray = join(root, 'assets', 'tray');
await mkdir(tray, { recursive: true });

for (const [state, { tint }] of Object.entries(shapes)) {
  // macOS tints templates itself: only their alpha counts.
  const template = traySvg(state, '#000', '#000');
  await writeFile(join(tray, `${state}Template.png`), await draw(page, template, 16));
  await writeFile(join(tray, `${state}Template@2x.png`), await draw(page, template, 32));
  for (const [bar, ink] of [
    ['light', '#2a3438'],
    ['dark', '#eef3f3'],
  ] as const) {
    const svg = traySvg(state, ink, tint);
    await writeFile(join(tray, `${state}-${bar}.png`), await draw(page, svg, 24));
    await writeFile(join(tray, `${state}-${bar}@2x.png`), await draw(page, svg, 48));
    const sizes = [16, 20, 24, 32, 48];
    const images = [];
    for (const size of sizes) images.push({ size, png: await draw(page, svg, size) });
    await writeFile(join(tray, `${state}-${bar}.ico`), encodeIco(images));
  }
}

const icon = await readFile(join(root, 'assets', 'src', 'icon.svg'), 'utf8');
await writeFile(join(root, 'build', 'icon.png'), await draw(page, icon, 1024));
await writeFile(join(root, 'assets', 'icon.png'), await draw(page, icon, 256));
const images = [];
for (const size of [16, 24, 32, 48, 64, 128, 256])
  images.push({ size, png: await draw(page, icon, size) });
await writeFile(join(root, 'build', 'icon.ico'), encodeIco(images));
await browser.close();
say(`Icons: ${Object.keys(shapes).length} tray states, the app icon.`);
