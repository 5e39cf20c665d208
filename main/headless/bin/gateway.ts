import { main } from '../cli.ts';
import { runProgram } from '../io.ts';

// The guide's own command: `gateway start`.
await runProgram((io) => main(['gateway', ...process.argv.slice(2)], io));
