import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { autostartEntry } from './login-item.ts';

/** The program of an entry, read back by the specification: string escapes, quotes, field codes. */
function programOf(entry: string): string {
  const [, value = ''] = /^Exec=(.*)$/m.exec(entry) ?? [];
  expect(value.replaceAll('\\\\', '')).not.toContain('\\');
  const [, quoted = ''] =
    /^"((?:[^"\\`$]|\\["`$\\])*)" --hidden$/.exec(value.replaceAll('\\\\', '\\')) ?? [];
  expect(quoted.replaceAll('%%', '')).not.toContain('%');
  return quoted.replaceAll(/\\(.)/g, '$1').replaceAll('%%', '%');
}

it('starts the program at login wherever it lies', () => {
  expect(autostartEntry('/opt/Causeway/causeway')).toContain(
    '\nExec="/opt/Causeway/causeway" --hidden\n',
  );
  const path = fc.string({
    unit: fc.constantFrom('a', 'Z', ' ', '9', '"', '`', '$', '\\', '%', '/', '.', '企'),
  });
  fc.assert(
    fc.property(path, (tail) => {
      expect(programOf(autostartEntry(`/opt/${tail}`))).toBe(`/opt/${tail}`);
    }),
  );
});
