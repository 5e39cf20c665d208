import { readFile } from 'node:fs/promises';
import { Agent, Pool } from 'undici';
import { startProgram, type Ready } from '../e2e/support/program.ts';
import { signedTextCallback } from '../support/callback.ts';
import { describeLatencies } from './support/histogram.ts';
import { openLoop } from './support/open-loop.ts';

export const title =
  'callbacks a second, signed and encrypted, each answered with an encrypted reply after the commit';

const SECONDS = 10;
const CONNECTIONS = 64;
const GATEWAY_RATES = [500, 1_500, 3_000];
const PUBLIC_RATES = [500, 1_000, 2_000];

type AppBot = Extract<Ready['bots'][number], { kind: 'app' }>;

/** Open loop against the running practice program, straight at the gateway and then through relay and tunnel. */
export async function run(print: (line: string) => void): Promise<void> {
  const program = await startProgram();
  try {
    const bot = program.ready.bots.find(
      (candidate): candidate is AppBot => candidate.kind === 'app',
    );
    if (bot === undefined) throw new Error('practice mode has no app');
    const ca = await readFile(program.ready.publicCa, 'utf8');
    let serial = 0;
    const measure = async (name: string, base: string, rate: number): Promise<void> => {
      const pool = new Pool(base, { connections: CONNECTIONS, connect: { ca } });
      const path = new URL(bot.callback).pathname;
      // Made before the clock starts: the generator shares the machine.
      const requests = Array.from({ length: rate * SECONDS }, () => {
        serial += 1;
        // As in an organisation: messages of one conversation wait for each other.
        return signedTextCallback(bot, `message ${serial}`, Date.now(), `user${serial % 2_000}`);
      });
      const result = await openLoop({
        rate,
        seconds: SECONDS,
        async send(index) {
          const request = requests[index];
          if (request === undefined) return false;
          const { statusCode, body } = await pool.request({
            method: 'POST',
            path: `${path}?${request.query}`,
            headers: { 'content-type': 'text/xml' },
            body: request.body,
          });
          const text = await body.text();
          return statusCode === 200 && text.includes('<Encrypt>');
        },
      });
      await pool.close();
      print(
        `${name.padEnd(16)} ${String(rate).padStart(5)}/s offered  ${(result.answered / result.seconds).toFixed(0).padStart(5)}/s answered  ` +
          `${result.answered} of ${result.sent} replied, ${result.failed} not  ${describeLatencies(result.latencies)}`,
      );
    };
    for (const rate of GATEWAY_RATES) await measure('gateway alone', program.ready.gateway, rate);
    for (const rate of PUBLIC_RATES) await measure('end to end', program.ready.public, rate);
  } finally {
    await program.stop();
    await new Agent().close();
  }
}
