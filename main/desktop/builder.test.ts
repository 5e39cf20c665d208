import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const file = (path: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

interface Validate {
  (data: unknown): boolean;
  errors?: readonly object[] | null;
}

it('electron-builder.yml fits electron-builder’s own schema', async () => {
  // ajv comes with fastify; its draft-07 build reads the schema as electron-builder ships it.
  const require = createRequire(createRequire(import.meta.url).resolve('fastify'));
  const { default: Ajv } = require('ajv') as {
    default: new (options: object) => { compile(schema: object): Validate };
  };
  const schema = JSON.parse(await file('node_modules/app-builder-lib/scheme.json')) as object;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    schema,
  );
  const config: unknown = parse(await file('electron-builder.yml'));
  expect(validate(config) ? [] : validate.errors).toEqual([]);
  expect(validate({ ...(config as object), unknownKey: 1 })).toBe(false);
});

it('the fuses are those of the security table', async () => {
  const config = parse(await file('electron-builder.yml')) as {
    electronFuses: object;
    asar: boolean;
  };
  expect(config.asar).toBe(true);
  expect(config.electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
});
