import type { RelayLinkView, TunnelState, TunnelView } from '../../../common/domain/tunnel.ts';

/** What one relay contributes to the whole. */
export interface Part {
  readonly view: TunnelView;
  readonly link: RelayLinkView;
}

/** The tunnel over all its relays, which are in the order of preference. */
export function summarise(parts: readonly Part[]): TunnelView {
  const [first] = parts;
  const main = parts.find(({ link }) => link.egress) ?? parts.find(isOnline) ?? first;
  return {
    state: main === undefined ? { phase: 'unenrolled' } : stateOf(parts, main),
    relay: main?.view.relay ?? null,
    publicUrls: [...new Set(parts.flatMap(({ view }) => view.publicUrls))],
    device: main?.view.device ?? null,
    links: parts.map(({ link }) => link),
  };
}

/** Online while one relay is; the sessions of all count, so that a missing relay is seen. */
function stateOf(parts: readonly Part[], main: Part): TunnelState {
  const online = parts.filter(isOnline);
  const [anyOnline] = online;
  if (anyOnline !== undefined) {
    const state = isOnline(main) ? main.view.state : anyOnline.view.state;
    if (state.phase !== 'online') return state;
    const sum = (count: (one: OnlineState) => number): number =>
      online.reduce((total, { view }) => total + count(view.state as OnlineState), 0);
    return {
      ...state,
      since: Math.min(...online.map(({ view }) => (view.state as OnlineState).since)),
      sessions: {
        live: sum(({ sessions }) => sessions.live),
        wanted: state.sessions.wanted * parts.length,
      },
    };
  }
  // Of several that are not, the one nearest to it says what is going on.
  for (const phase of ['connecting', 'waiting', 'refused'] as const) {
    const part = parts.find(({ view }) => view.state.phase === phase);
    if (part !== undefined) return part.view.state;
  }
  return main.view.state;
}

type OnlineState = Extract<TunnelState, { phase: 'online' }>;

function isOnline({ view }: Part): boolean {
  return view.state.phase === 'online';
}
