// Entry of Electron's main process: what must precede `ready`, then the program.
import { app } from 'electron';
import { readArguments } from './arguments.ts';
import { runDesktop } from './lifecycle.ts';
import { registerScheme } from './protocol.ts';

app.enableSandbox();
registerScheme();

const wanted = readArguments(process.argv.slice(1));
if (wanted.dataDir !== null) app.setPath('userData', wanted.dataDir);

if (app.requestSingleInstanceLock()) {
  await app.whenReady();
  await runDesktop(wanted);
} else {
  // The first instance shows its window (`second-instance`).
  app.quit();
}
