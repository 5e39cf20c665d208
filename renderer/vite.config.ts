import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The UI kit brings its own few words in thirty languages, a tenth of the bundle; the console has two.
const KIT_WORDS =
  /\/react-(?:aria|stately|aria-components)\/dist\/.*\/intl\/.*\/([a-z]{2}-[A-Z]{2})\.m?js$/;
const LOCALES: ReadonlySet<string> = new Set(['en-US', 'zh-CN']);

function leaveOutOtherLanguages(): Plugin {
  return {
    name: 'causeway:leave-out-other-languages',
    enforce: 'pre',
    load(id) {
      const locale = KIT_WORDS.exec(id)?.[1];
      return locale === undefined || LOCALES.has(locale) ? null : 'export default {};';
    },
  };
}

// One build for the desktop window (app://) and the browser tab: relative addresses, and no script that stands in the page
// itself, so that `script-src 'self'` holds.
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [leaveOutOtherLanguages(), react()],
  css: { transformer: 'lightningcss' },
  build: {
    outDir: here('../out/renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    cssMinify: 'lightningcss',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    // The operator's console, and the relay's: two pages that share most of what they are made of.
    rolldownOptions: { input: { index: here('index.html'), relay: here('relay.html') } },
  },
});
