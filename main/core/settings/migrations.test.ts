import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../../common/errors/app-error.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { migrate, migrations, type Migration } from './migrations.ts';

const steps: readonly Migration[] = [
  (database) => database.exec('CREATE TABLE one (n INTEGER)'),
  (database) => database.exec('CREATE TABLE two (n INTEGER)'),
  (database) => database.exec('INSERT INTO two VALUES (2)'),
];

function open(dir: string): Database.Database {
  const database = new Database(join(dir, 'test.db'));
  onTestFinished(() => void database.close());
  return database;
}

function version(database: Database.Database): unknown {
  return database.pragma('user_version', { simple: true });
}

test('a new database takes every step and needs no copy', () => {
  const dir = tempDir();
  const database = open(dir);
  migrate(database, join(dir, 'backups'), steps);
  expect(version(database)).toBe(3);
  expect(readdirSync(dir)).not.toContain('backups');
});

test('an older one is copied whole before the steps that it lacks', () => {
  const dir = tempDir();
  const database = open(dir);
  migrate(database, join(dir, 'backups'), steps.slice(0, 1));
  database.exec('INSERT INTO one VALUES (7)');
  migrate(database, join(dir, 'backups'), steps);
  expect(version(database)).toBe(3);
  const [copy] = readdirSync(join(dir, 'backups'));
  const before = new Database(join(dir, 'backups', copy ?? ''), { readonly: true });
  expect(version(before)).toBe(1);
  expect(before.prepare('SELECT n FROM one').pluck().all()).toEqual([7]);
  before.close();
});

test('a step that fails leaves the version and the schema of the step before it', () => {
  const dir = tempDir();
  const database = open(dir);
  const broken: Migration = (target) => {
    target.exec('CREATE TABLE half (n INTEGER)');
    target.exec('INSERT INTO nowhere VALUES (1)');
  };
  expect(() => migrate(database, dir, [...steps.slice(0, 2), broken])).toThrow('no such table');
  expect(version(database)).toBe(2);
  const names = database.prepare('SELECT name FROM sqlite_master').pluck().all();
  expect(names).toEqual(['one', 'two']);
});

test('a database of a newer program is refused and stays as it is', () => {
  const dir = tempDir();
  const database = open(dir);
  database.pragma('user_version = 9');
  expect(() => migrate(database, dir, steps)).toThrow(
    new AppError('SETTINGS_FROM_FUTURE', { found: 9, known: 3 }),
  );
  expect(version(database)).toBe(9);
});

test('of the copies the last three are kept', () => {
  const dir = tempDir();
  const database = open(dir);
  const many: Migration[] = [];
  for (let number = 0; number < 6; number++) {
    many.push((target) => target.exec(`CREATE TABLE t${number} (n INTEGER)`));
    migrate(database, join(dir, 'backups'), many);
  }
  const copies = readdirSync(join(dir, 'backups'));
  expect(new Set(copies.map((name) => /-v(\d)\.db$/.exec(name)?.[1]))).toEqual(
    new Set(['3', '4', '5']),
  );
});

test('bots keep everything when their targets are no longer bound to a table', () => {
  const dir = tempDir();
  const database = open(dir);
  database.pragma('foreign_keys = ON');
  migrate(database, dir, migrations.slice(0, 5));
  database.exec(`
    INSERT INTO targets (id, url) VALUES ('svc', 'http://127.0.0.1:9/');
    INSERT INTO bots VALUES ('a', 'app', 'A', 'ww1', 'svc', 1, '{"agentId":7}'), ('b', 'robot', '', '', NULL, 0, '{}')`);
  const before = database.prepare('SELECT * FROM bots').all();
  migrate(database, dir);
  expect(database.prepare('SELECT * FROM bots').all()).toEqual(before);
  database.exec("UPDATE bots SET target = 'of-a-file' WHERE id = 'b'");
  expect(() => database.exec('UPDATE bots SET is_default = 1')).toThrow('UNIQUE');
});

test('half a copy, as a full disk leaves it, does not stay', () => {
  const dir = tempDir();
  const database = open(dir);
  migrate(database, dir, steps.slice(0, 1));
  const full = {
    pragma: database.pragma.bind(database),
    prepare: () => ({
      run(file: string) {
        writeFileSync(file, '');
        throw new Error('database or disk is full');
      },
    }),
  } as unknown as Database.Database;
  expect(() => migrate(full, join(dir, 'backups'), steps)).toThrow('disk is full');
  expect(readdirSync(join(dir, 'backups'))).toEqual([]);
  expect(version(database)).toBe(1);
});
