import type { TunnelAccess } from '../../common/domain/relay/tunnel-rules.ts';
import type { Gate } from '../ingress/gate.ts';
import { createSourceList, type SourceList } from './source-list.ts';

interface Compiled {
  /** Null does not restrict. */
  readonly paths: PathList | null;
  readonly sources: SourceList | null;
}

interface PathList {
  readonly exact: ReadonlySet<string>;
  readonly beginnings: readonly string[];
}

/**
 * `.` and `..` as a segment, also percent-encoded or with a parameter behind it (`..;x`, which Java's servers take off), and what
 * some servers take for a slash or decode twice.
 */
const AMBIGUOUS = /(?:^|\/)(?:\.|%2e){1,2}(?:[/;]|%3b|$)|\\|%5c|%2f|%25(?:2e|2f|5c)/i;

/**
 * The white-lists of a domain: addresses first (403 SOURCE_NOT_ALLOWED), then paths (404 PATH_NOT_ALLOWED). `accessOf`
 * gives the same object until the rules change; what is compiled of it lives as long.
 */
export function createAccessGate(
  accessOf: (tunnel: string, authority: string) => TunnelAccess | null,
): Gate {
  const known = new WeakMap<TunnelAccess, Compiled>();
  return (head, tunnel) => {
    const access = accessOf(tunnel, head.authority);
    if (access === null) return null;
    let compiled = known.get(access);
    if (compiled === undefined) known.set(access, (compiled = compile(access)));
    const { paths, sources } = compiled;
    if (sources !== null && !sources.has(head.remoteAddress)) {
      return { status: 403, code: 'SOURCE_NOT_ALLOWED' };
    }
    if (paths !== null && !matches(paths, pathOf(head.path))) {
      return { status: 404, code: 'PATH_NOT_ALLOWED' };
    }
    return null;
  };
}

/** Path of a request target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function compile({ paths, sources }: TunnelAccess): Compiled {
  const prefixes = paths.filter((path) => path.endsWith('*'));
  return {
    paths:
      paths.length === 0
        ? null
        : {
            exact: new Set(paths.filter((path) => !path.endsWith('*'))),
            beginnings: prefixes.map((path) => path.slice(0, -1)),
          },
    sources: sources.length === 0 ? null : createSourceList(sources),
  };
}

function matches({ exact, beginnings }: PathList, path: string): boolean {
  // Whoever serves it might read another path out of it than the one that was compared.
  if (AMBIGUOUS.test(path)) return false;
  return exact.has(path) || beginnings.some((beginning) => path.startsWith(beginning));
}
