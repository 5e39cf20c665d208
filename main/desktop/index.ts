// Entry of Electron's main process: what must precede `ready`, then the program.
import { mkdirSync } from 'node:fs';
import { app } from 'electron';
import { readArguments, userDataDir } from './arguments.ts';
import { runDesktop } from './lifecycle.ts';
import { registerScheme } from './protocol.ts';

app.enableSandbox();
registerScheme();

const wanted = readArguments(process.argv.slice(1));
const usual = app.getPath('userData');
const dataDir = userDataDir(wanted, usual);
if (dataDir !== usual) {
  // Electron takes none that is not there.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  app.setPath('userData', dataDir);
}

if (app.requestSingleInstanceLock()) {
  await app.whenReady();
  await runDesktop(wanted);
} else {
  // The first instance shows its window (`second-instance`).
  app.quit();
}
