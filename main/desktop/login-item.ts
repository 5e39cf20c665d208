import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { app } from 'electron';

const ENTRY = 'causeway.desktop';

/** Starts the program, hidden, with the operator's session; on Linux by an XDG autostart entry, which Electron does not write. */
export async function setLoginItem(
  enabled: boolean,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: enabled, args: ['--hidden'] });
    return;
  }
  const folder = join(app.getPath('appData'), 'autostart');
  const file = join(folder, ENTRY);
  if (!enabled) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(file, autostartEntry(process.env['APPIMAGE'] ?? process.execPath), {
    mode: 0o644,
  });
}

/**
 * An entry of the Desktop Entry Specification 1.5. The program's path is quoted as an argument (a percent sign begins a field code),
 * and the whole then escaped as a string: a backslash of the quoting stands there twice.
 */
export function autostartEntry(program: string): string {
  const argument = `"${program.replaceAll(/(["`$\\])/g, '\\$1').replaceAll('%', '%%')}"`;
  const quoted = argument.replaceAll('\\', '\\\\');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Causeway',
    `Exec=${quoted} --hidden`,
    'Terminal=false',
    '',
  ].join('\n');
}
