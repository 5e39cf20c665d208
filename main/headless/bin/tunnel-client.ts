import { onNode24 } from './node24.ts';

// The guide's own command: `tunnel-client auth|status|connect|disconnect`.
await onNode24(async () => {
  const [{ main }, { runProgram }] = await Promise.all([import('../cli.ts'), import('../io.ts')]);
  await runProgram((io) => main(['tunnel', ...process.argv.slice(2)], io));
});
