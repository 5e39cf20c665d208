import { onNode24 } from './node24.ts';

// The public server's command: `relay init|start|tunnel|admin|audit`.
await onNode24(async () => {
  const [{ main }, { runProgram }] = await Promise.all([import('../cli.ts'), import('../io.ts')]);
  await runProgram((io) => main(['relay', ...process.argv.slice(2)], io));
});
