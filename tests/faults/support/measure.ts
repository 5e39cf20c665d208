import { readFile } from 'node:fs/promises';

/** TCP sockets that this process has open, those that listen not counted. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Resident memory now and at its highest, MB; after a collection where the process was started with `--expose-gc`. */
export async function residentMemory(): Promise<{ rssMb: number; peakMb: number; heapMb: number }> {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  return { rssMb: rss / 2 ** 20, peakMb: peakKb / 1024, heapMb: heapUsed / 2 ** 20 };
}
