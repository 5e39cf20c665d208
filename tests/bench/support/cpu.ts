import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** Processor time that a process has used, microseconds. */
export interface CpuTime {
  readonly all: number;
  /** Of its first thread, where JavaScript runs. */
  readonly main: number;
}

/** Reads it from /proc, user and system time together; ended threads count in `all`. */
export function cpuTime(pid: number): CpuTime {
  return { all: read(`/proc/${pid}/stat`), main: read(`/proc/${pid}/task/${pid}/stat`) };
}

/** By thread, for finding which one is busy. */
export function threadTimes(pid: number): ReadonlyMap<string, number> {
  const folder = `/proc/${pid}/task`;
  return new Map(readdirSync(folder).map((id) => [id, read(`${folder}/${id}/stat`)]));
}

function read(file: string): number {
  const text = readFileSync(file, 'latin1');
  // The name in brackets may hold anything; the fields after it are numbers (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}
