import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Burst {
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** The median of three runs of wrk (HTTP/1.1, closed loop), by requests a second. Throws where wrk is not installed. */
export async function burst(
  url: string,
  connections: number,
  host: string,
  seconds = 3,
): Promise<Burst> {
  const runs: Burst[] = [];
  for (let round = 0; round < 3; round += 1) {
    const threads = Math.min(2, connections);
    const { stdout } = await run('wrk', [
      `-t${threads}`,
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '5s',
      '--latency',
      '-H',
      `Host: ${host}`,
      url,
    ]);
    runs.push(parse(stdout));
  }
  runs.sort((a, b) => a.rps - b.rps);
  return runs[1] ?? { rps: 0, p50: 0, p99: 0, failed: 0 };
}

function parse(text: string): Burst {
  const share = (percent: number): number => {
    const match = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s|m)`).exec(text);
    const factor = { us: 0.001, ms: 1, s: 1_000, m: 60_000 }[match?.[2] ?? 'ms'] ?? 1;
    return Number(match?.[1] ?? 0) * factor;
  };
  const non200 = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const broken = (errors ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0);
  return {
    rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    p50: share(50),
    p99: share(99),
    failed: non200 + broken,
  };
}

/** MB/s of one body each way, and the milliseconds of a connection with its first answer; medians of `curl`. */
export async function bodies(
  url: string,
  host: string,
  file: string,
  bytes: number,
): Promise<{ down: number; up: number; connectMs: number }> {
  const curl = async (...args: string[]): Promise<string> => {
    const common = ['-sk', '--http1.1', '-m', '20', '-o', '/dev/null', '-H', `Host: ${host}`];
    return (await run('curl', [...common, ...args])).stdout;
  };
  const mb = (text: string): number => Number(text) / 2 ** 20;
  const down: number[] = [];
  const up: number[] = [];
  const connect: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    down.push(mb(await curl('-w', '%{speed_download}', `${url}down?bytes=${bytes}`)));
    up.push(
      mb(
        await curl('-w', '%{speed_upload}', '-H', 'Expect:', '-X', 'POST', '-T', file, `${url}up`),
      ),
    );
  }
  for (let round = 0; round < 15; round += 1) {
    connect.push(Number(await curl('-w', '%{time_total}', url)) * 1_000);
  }
  return { down: median(down), up: median(up), connectMs: median(connect) };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
