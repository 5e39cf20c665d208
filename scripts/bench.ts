// `npm run bench [-- NAME …]`: measures on this machine and prints. Each file of tests/bench is one measurement.
import { readdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './lib/build.ts';
import { root } from './lib/paths.ts';

interface Bench {
  readonly title: string;
  run(print: (line: string) => void): Promise<void>;
}

const SUFFIX = '.bench.ts';
const folder = join(root, 'tests', 'bench');
const wanted = process.argv.slice(2);
const names = (await readdir(folder))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .toSorted();

await buildIfStale();
const [processor] = cpus();
console.log(
  `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
for (const name of names) {
  const bench = (await import(pathToFileURL(join(folder, name + SUFFIX)).href)) as Bench;
  console.log(`\n## ${name}: ${bench.title}\n`);
  await bench.run((line) => console.log(line));
}
process.exit(0);
