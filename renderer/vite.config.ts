import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// One build for the desktop window (app://) and the browser tab: relative addresses, and no script that stands in the page
// itself, so that `script-src 'self'` holds.
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [react()],
  css: { transformer: 'lightningcss' },
  build: {
    outDir: here('../out/renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    cssMinify: 'lightningcss',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
