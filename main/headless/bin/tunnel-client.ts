import { main } from '../cli.ts';
import { runProgram } from '../io.ts';

// The guide's own command: `tunnel-client auth|status|connect|disconnect`.
await runProgram((io) => main(['tunnel', ...process.argv.slice(2)], io));
