import { timing } from '../../common/tunnel/protocol.ts';

/** What the public side takes; everything beyond is refused with a code. Sizes in bytes, times in milliseconds. */
export interface IngressLimits {
  /** Names and values of one request's headers together. */
  readonly headerBytes: number;
  /** Fields of one request. */
  readonly headerCount: number;
  /** Path and query of one request. */
  readonly targetBytes: number;
  /** Body of one request, where its tunnel has no limit of its own. */
  readonly bodyBytes: number;
  /** Body of a callback: WeCom's are far smaller, and each is held in memory. */
  readonly callbackBytes: number;
  /** Bodies of known length up to this are collected first: they go out in one frame and can be sent again. */
  readonly collectBytes: number;
  readonly connections: number;
  /** Of one source address; trusted proxies are not counted. */
  readonly connectionsPerSource: number;
  /** Streams that one public HTTP/2 connection may have open. */
  readonly streamsPerConnection: number;
  /** Requests of one tunnel at the same time; a WebSocket is one until it is open. */
  readonly inFlightPerTunnel: number;
  /** WebSockets of one tunnel that are open; each takes a stream of a data session for as long as it is. */
  readonly webSocketsPerTunnel: number;
  /** Requests a second of one tunnel that has no limit of its own; null for as many as come. */
  readonly requestsPerSecond: number | null;
  /** For the head of a request to arrive, and for the first request of an HTTP/2 connection. */
  readonly headMs: number;
  /** For a whole request to arrive; a body of 1 GiB needs 15 Mbit/s. */
  readonly requestMs: number;
  /** A body that comes slower than this, in bytes a second over {@link paceMs}, is refused while the relay waits for it. */
  readonly minBodyRate: number;
  readonly paceMs: number;
  /** A client that takes nothing of its answer for so long is given up. */
  readonly stallMs: number;
  /** A connection on which nothing happens. */
  readonly idleMs: number;
  readonly callbackAnswerMs: number;
  readonly answerMs: number;
  readonly probeAfterMs: number;
  readonly probeDeadlineMs: number;
  /** Greatest age of a callback at a signature gate; 0 for any. */
  readonly signatureMaxAgeMs: number;
  /** Delay of the event loop from which on ordinary requests are shed. */
  readonly overloadDelayMs: number;
}

export const defaultLimits: IngressLimits = {
  headerBytes: 32 * 1024,
  headerCount: 128,
  targetBytes: 16 * 1024,
  bodyBytes: 20 * 1024 * 1024,
  callbackBytes: 1024 * 1024,
  collectBytes: 64 * 1024,
  connections: 10_000,
  connectionsPerSource: 1_000,
  streamsPerConnection: 128,
  inFlightPerTunnel: 2_000,
  webSocketsPerTunnel: 1_000,
  requestsPerSecond: null,
  headMs: 15_000,
  requestMs: 600_000,
  minBodyRate: 256,
  paceMs: 10_000,
  stallMs: 60_000,
  idleMs: 120_000,
  callbackAnswerMs: timing.callbackAnswer,
  answerMs: timing.requestAnswer,
  probeAfterMs: timing.probeAfter,
  probeDeadlineMs: timing.probeDeadline,
  signatureMaxAgeMs: 300_000,
  overloadDelayMs: 1_000,
};
