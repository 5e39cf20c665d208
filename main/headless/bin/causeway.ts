import { onNode24 } from './node24.ts';

await onNode24(async () => {
  const [{ main }, { runProgram }] = await Promise.all([import('../cli.ts'), import('../io.ts')]);
  await runProgram((io) => main(process.argv.slice(2), io));
});
