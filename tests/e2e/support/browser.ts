import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../../scripts/lib/chromium.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium, or an error that says how to get one. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) {
    throw new Error(
      'No Chromium found. Install the package "chromium", or name one in CAUSEWAY_CHROMIUM.',
    );
  }
  return chromium.launch({ executablePath, args: FLAGS });
}

/** What a page complained of: console errors, page errors, refused requests and violations of the content policy. */
export interface Complaints {
  readonly list: string[];
}

/** Collects every complaint of a page from now on. */
export async function watchPage(page: Page): Promise<Complaints> {
  const list: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      list.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => list.push(`page error: ${error.message}`));
  await page.exposeFunction('reportViolation', (text: string) => list.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (window as unknown as { reportViolation: (text: string) => void })
        .reportViolation;
      report(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  return { list };
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Fails when axe finds anything on the page (WCAG 2.2 A and AA, and its best practices). */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const source = await readFile(axePath, 'utf8');
  // Colours on their way from one state to the next have no contrast of their own.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished),
    ).then(() => undefined),
  );
  // Added through the debugger, which the page's content policy does not bind.
  await page.evaluate(source);
  const result = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResult> } };
    return axe.run({ resultTypes: ['violations'] });
  });
  const found = result.violations.map(
    (violation) =>
      `${violation.id}: ${violation.help}\n    ${violation.nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n    ')}`,
  );
  expect(found, where).toEqual([]);
}
