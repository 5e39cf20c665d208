import { isIP } from 'node:net';
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ErrorCode,
} from 'yaml';
import * as z from 'zod';
import { duration, endpoint, flag, integer, oneOf, secret, table, text } from './fields.ts';
import { ofIssue, type ConfigProblem, type Refused } from './parse.ts';
import { pathText, type Path, type Position } from './positions.ts';

const file = text('path of a PEM file', (value) => value !== '');
const where = endpoint('host:port, an IPv6 address in brackets');

const Proxy = z.union(
  [
    z.enum(['system', 'environment', 'none']),
    table({
      url: text('http://host:port or https://host:port', isProxyUrl),
      username: text('a text').optional(),
      password: secret().optional(),
    }),
  ],
  { error: () => '"system", "environment", "none", or a map with url, username, password' },
);

/** `/etc/tunnel/config.yaml`: the keys of the guide (§3.3), and ours. */
export const TunnelYaml = table({
  transport: table({
    protocol: oneOf(['h2', 'wss']).optional(),
    heartbeat: duration(5_000, 300_000, '5s to 5m').optional(),
    compression: flag().optional(),
    /** Authority of the relay's public certificate, for `wss`, where it is no public one. */
    public_ca: file.optional(),
  }).optional(),
  security: table({
    mTLS: table({
      client_cert: file.optional(),
      client_key: file.optional(),
      ca_cert: file.optional(),
    }).optional(),
  }).optional(),
  relays: z
    .array(
      table({
        endpoint: where,
        priority: integer(0, 1_000).optional(),
        /** Where it takes WebSockets; port 443 of the same host unless told. */
        wss: where.optional(),
        ca_sha256: text('64 hexadecimal digits', (value) =>
          /^[0-9a-f]{64}$/i.test(value),
        ).optional(),
      }),
      { error: () => 'a list of relays' },
    )
    .min(1, { error: () => 'one relay or more' })
    .max(8, { error: () => 'at most 8 relays' })
    .optional(),
  proxy: Proxy.optional(),
  bind: text('an IP address of this machine', (value) => isIP(value) !== 0).optional(),
  health_check: table({
    path: text('a path that begins with /', (value) => /^\/[!-~]*$/.test(value)).optional(),
    interval: duration(1_000, 3_600_000, '1s to 1h').optional(),
    retries: integer(0, 10).optional(),
    failures: integer(1, 100).optional(),
  }).optional(),
});
export type TunnelYaml = z.output<typeof TunnelYaml>;

function isProxyUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === ''
  );
}

export interface ParsedTunnelYaml {
  readonly values: TunnelYaml;
  readonly locate: (path: Path) => Position;
}

/** Errors of the YAML parser whose words are always the same; the others repeat a piece of the file, which may be a password. */
const plain: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'BLOCK_IN_FLOW',
  'DUPLICATE_KEY',
  'KEY_OVER_1024_CHARS',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'MULTIPLE_ANCHORS',
  'MULTIPLE_DOCS',
  'MULTIPLE_TAGS',
  'TAB_AS_INDENT',
]);
const QUOTES = 'a value with special characters belongs in quotes';

/** Reads the text of a `config.yaml` (YAML 1.2); all that is wrong with it, in the order of the file. */
export function parseTunnelYaml(source: string): ParsedTunnelYaml | Refused {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: false });
  const faults = document.errors.map(({ code, message, pos }): ConfigProblem => {
    const { line, col } = lines.linePos(pos[0]);
    return {
      line: Math.max(1, line),
      column: Math.max(1, col),
      key: '',
      reason: 'syntax',
      allowed: plain.has(code) ? message : QUOTES,
    };
  });
  if (faults.length > 0) return { problems: faults };
  const locate = locateIn(document, lines);
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch {
    return {
      problems: [{ line: 1, column: 1, key: '', reason: 'syntax', allowed: 'few aliases' }],
    };
  }
  const result = TunnelYaml.safeParse(raw, { reportInput: true });
  const problems = result.success
    ? contradictions(result.data, locate)
    : result.error.issues.flatMap((issue) => ofIssue(issue, locate));
  if (result.success && problems.length === 0) return { values: result.data, locate };
  return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

/** What no single value shows. */
function contradictions(values: TunnelYaml, locate: (path: Path) => Position): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (path: Path, reason: ConfigProblem['reason'], allowed: string): void =>
    void problems.push({ ...locate(path), key: pathText(path), reason, allowed });
  const mtls = values.security?.mTLS;
  const path = ['security', 'mTLS'];
  if ((mtls?.client_cert === undefined) !== (mtls?.client_key === undefined)) {
    const missing = mtls?.client_cert === undefined ? 'client_cert' : 'client_key';
    report([...path, missing], 'missing', 'client_cert and client_key together');
  }
  if (mtls?.client_cert !== undefined && mtls.ca_cert === undefined) {
    report([...path, 'ca_cert'], 'missing', 'the CA of the relay beside client_cert');
  }
  const seen = new Set<string>();
  for (const [index, relay] of (values.relays ?? []).entries()) {
    const name = `${relay.endpoint.host.toLowerCase()} ${relay.endpoint.port}`;
    if (seen.has(name)) {
      report(['relays', index, 'endpoint'], 'duplicate', 'a relay that is not listed yet');
    }
    seen.add(name);
  }
  const { proxy } = values;
  if (
    typeof proxy === 'object' &&
    (proxy.username === undefined) !== (proxy.password === undefined)
  ) {
    const missing = proxy.username === undefined ? 'username' : 'password';
    report(['proxy', missing], 'missing', 'username and password together');
  }
  return problems;
}

/** Finds where a key stands; one that is not there has the place of the nearest map around it. */
function locateIn(document: Document, lines: LineCounter): (path: Path) => Position {
  return (path) => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
        if (pair === undefined) break;
        if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number') {
        node = node.items[part];
        const range = isMap(node) || isScalar(node) || isSeq(node) ? node.range : null;
        offset = range?.[0] ?? offset;
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}
