import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { oneWriteATurn } from './one-write.ts';

it('lets what is written within a turn leave together, and each turn by itself', async () => {
  const left: string[][] = [];
  const connection = new Duplex({
    read: () => undefined,
    writev: (chunks, done) => {
      left.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  const gather = oneWriteATurn(connection);
  for (const text of ['a', 'b']) {
    gather();
    connection.write(text);
  }
  // A writer that gathers by itself, as ws does for each frame, does not let go of the rest.
  connection.cork();
  connection.write('c');
  connection.uncork();
  expect(left).toEqual([]);
  await turn();
  expect(left).toEqual([['a', 'b', 'c']]);
  gather();
  connection.write('d');
  await turn();
  expect(left).toEqual([['a', 'b', 'c'], ['d']]);
});
