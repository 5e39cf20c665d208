/**
 * Names and figures of the tunnel's wire, shared by both ends; `docs/tunnel-protocol.md` is their prose.
 *
 * Everything runs on the relay's control port under TLS 1.3 with client certificates. The ALPN id (RFC 7301) says what a
 * connection is for, so that a wrong port or version fails inside the handshake.
 */
export const alpn = {
  /** Roles as dialled: the device is the HTTP/2 client. Register, heartbeat, renew, events, egress. */
  control: 'causeway-control/1',
  /** Roles turned round: after the handshake the relay is the HTTP/2 client and the device serves requests. */
  data: 'causeway-data/1',
  /** A device without a certificate, which may only enrol. The device is the HTTP/2 client. */
  enrol: 'causeway-enrol/1',
} as const;

export const PROTOCOL_VERSION = 1;

/** Requests of the device on a control or enrol connection. Bodies are JSON. */
export const controlPath = {
  enrol: '/v1/enrol',
  /** What became of an uploaded auth file; see `auth-file.ts`. */
  pickup: '/v1/pickup',
  register: '/v1/register',
  heartbeat: '/v1/heartbeat',
  renew: '/v1/renew',
  drain: '/v1/drain',
  /** An end-to-end check: down a data session, through the device, and back. */
  probe: '/v1/probe',
  /** Long response of JSON lines: what the relay has to say by itself. */
  events: '/v1/events',
} as const;

/** What the two ends say to each other on paths; nobody else's request with such a path enters a tunnel. */
export const OWN_PATHS = '/.causeway/';

/** Requests of the relay on a data connection that are not somebody's traffic. */
export const dataPath = {
  /** First request of each data connection: the device answers with its generation and session index. */
  attach: '/.causeway/attach',
} as const;

/** Path of the WebSocket on the public port that carries the bytes of one connection to the control port (`wss`). */
export const WSS_PATH = '/.causeway/tunnel';
export const WSS_SUBPROTOCOL = 'causeway-tunnel.1';

/** `:authority` of a CONNECT stream (RFC 9113 §8.5) that carries an HTTP/1.1 upgrade byte for byte. */
export const UPGRADE_AUTHORITY = 'upgrade.causeway';

export const header = {
  /** Who gave this answer: `relay`, `agent` (the on-prem program) or `origin` (a target). */
  source: 'x-causeway-source',
  /** Stable code of an answer that Causeway itself gave. */
  error: 'x-causeway-error',
  /** One id for a public request on every hop. */
  trace: 'x-causeway-trace',
  /** When the relay had the request's head, milliseconds since the epoch, by the relay's clock. */
  receivedAt: 'x-causeway-received-at',
  /** Of a callback that the relay held while no client was connected: since when, milliseconds since the epoch. */
  heldSince: 'x-causeway-held-since',
  /** Of an answer on its way back: where the on-prem side spent its time, as `name;dur=milliseconds`, comma-separated. */
  timing: 'x-causeway-timing',
  /** Of a request: codings in which the relay takes the answer's body, `gzip`. */
  acceptCoding: 'x-causeway-accept-coding',
  /** Of a request or an answer: the coding of its body inside the tunnel; the other end takes it off. */
  coding: 'x-causeway-coding',
  /** Of a coded body: its `content-length` before. */
  length: 'x-causeway-length',
} as const;

/** Of one head, or trailers, on a data session: fields in number, and octets as RFC 9113 §6.5.2 counts them. What is beyond is reset. */
export const headLimits = { count: 256, bytes: 64 << 10 } as const;

/** HTTP/2 flow control (RFC 9113 §5.2): a session is bound to window / round-trip time. */
export const windows = {
  /** Of a stream at first, towards the relay; it grows to `streamBytes` while the other end reads. */
  firstStreamBytes: 256 << 10,
  streamBytes: 1 << 20,
  sessionBytes: 32 << 20,
} as const;

/** Times in milliseconds. */
export const timing = {
  dial: 10_000,
  heartbeat: 30_000,
  /** How long a ping may stay unanswered before the session counts as dead: with a heartbeat, noticed within 40 s. */
  pingDeadline: 9_000,
  /** The same where a callback waits or the machine has just woken. */
  probeDeadline: 2_000,
  /** A request that waits this long for its head makes the relay probe the session. */
  probeAfter: 900,
  backoffBase: 500,
  backoffCap: 30_000,
  /** A link that held this long resets the backoff. */
  stableAfter: 30_000,
  /** Between tries where trying at once cannot help (revoked, expired, wrong CA). */
  refusedRetry: 60_000,
  /** Between two looks whether an auth file has been approved. */
  pickup: 15_000,
  drain: 30_000,
  drainMax: 180_000,
  /** WeCom closes after 5 s; its answer has to leave before. */
  callbackAnswer: 4_500,
  /** Any other public request. */
  requestAnswer: 60_000,
  /** Clock difference from which the operator is told. */
  clockSkewWarn: 60_000,
  /** Clock difference from which what looks like a certificate out of date is the clock's fault. */
  clockSkewBlame: 300_000,
} as const;

/** Data sessions a link holds. */
export const SESSIONS_WANTED = 2;

/** Default ports (DESIGN §1). */
export const ports = { public: 443, control: 2222, admin: 8080, redirect: 80 } as const;
