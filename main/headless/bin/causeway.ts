import { main } from '../cli.ts';
import { runProgram } from '../io.ts';

await runProgram((io) => main(process.argv.slice(2), io));
