import { timing } from '../../common/tunnel/protocol.ts';

/** What the public side takes; everything beyond is refused with a code. Sizes in bytes, times in milliseconds. */
export interface IngressLimits {
  /** Names and values of one request's headers together. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Bodies of known length up to this are collected first: they go out in one frame and can be sent again. */
  readonly collectBytes: number;
  readonly connections: number;
  /** Streams that one public HTTP/2 connection may have open. */
  readonly streamsPerConnection: number;
  /** Requests of one tunnel at the same time. */
  readonly inFlightPerTunnel: number;
  /** For the head of a request to arrive. */
  readonly headMs: number;
  /** For a whole request to arrive; a 128 MiB body needs 2 Mbit/s. */
  readonly requestMs: number;
  /** A connection on which nothing happens. */
  readonly idleMs: number;
  readonly callbackAnswerMs: number;
  readonly answerMs: number;
  readonly probeAfterMs: number;
  readonly probeDeadlineMs: number;
}

export const defaultLimits: IngressLimits = {
  headerBytes: 32 * 1024,
  bodyBytes: 128 * 1024 * 1024,
  collectBytes: 64 * 1024,
  connections: 10_000,
  streamsPerConnection: 128,
  inFlightPerTunnel: 2_000,
  headMs: 15_000,
  requestMs: 600_000,
  idleMs: 120_000,
  callbackAnswerMs: timing.callbackAnswer,
  answerMs: timing.requestAnswer,
  probeAfterMs: timing.probeAfter,
  probeDeadlineMs: timing.probeDeadline,
};
