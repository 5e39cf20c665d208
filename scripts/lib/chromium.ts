import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Debian packages of the tests: the browser with Chinese fonts, and independent peers. */
export const DEBIAN_PACKAGES = {
  chromium: '/usr/bin/chromium',
  'fonts-noto-cjk': '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
  curl: '/usr/bin/curl',
  openssl: '/usr/bin/openssl',
  prometheus: '/usr/bin/promtool',
} as const;

/** Path of a Chromium: `$CAUSEWAY_CHROMIUM`, or one that is installed; null where there is none. */
export function findChromium(): string | null {
  const named = process.env['CAUSEWAY_CHROMIUM'];
  if (named !== undefined) return existsSync(named) ? named : null;
  return CANDIDATES.find((path) => existsSync(path)) ?? null;
}

/** Installs what is missing of {@link DEBIAN_PACKAGES} where that is possible (Debian, root), and says what it did. */
export function ensureDebianPackages(say: (line: string) => void): void {
  const missing = Object.entries(DEBIAN_PACKAGES)
    .filter(([, path]) => !existsSync(path))
    .map(([name]) => name);
  if (missing.length === 0) {
    say(`Tests: Chromium is ${findChromium() ?? 'missing'}; every Debian package is there.`);
    return;
  }
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    say(`Tests: missing ${missing.join(', ')}; what needs them is skipped and said so.`);
    return;
  }
  say(`Tests: installing ${missing.join(', ')} with apt-get …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[] };
  spawnSync('apt-get', ['update', '-q'], options);
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  const { status } = spawnSync('apt-get', install, options);
  say(status === 0 ? 'Tests: installed.' : `Tests: apt-get failed (exit ${String(status)}).`);
}
