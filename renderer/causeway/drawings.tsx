import type { ReactNode } from 'react';
import type { StationId } from './view.ts';

/** What stands in each station, on a 16 px grid: chat, tower, arch, gate, stack. */
export const drawings: Readonly<Record<StationId, ReactNode>> = {
  wecom: <path d="M2.5 3.5h11v7.5h-6l-3 2.5V11h-2zM5.5 6.25h5M5.5 8.5h3" />,
  relay: (
    <path d="M8 7.5V14M5.25 14h5.5M8 7.5a1.25 1.25 0 1 0 0-2.5 1.25 1.25 0 0 0 0 2.5ZM5 9.25a4.25 4.25 0 0 1 0-6M11 9.25a4.25 4.25 0 0 0 0-6" />
  ),
  tunnel: <path d="M2 13.5V9a6 6 0 0 1 12 0v4.5zM5.5 13.5V9.5a2.5 2.5 0 0 1 5 0v4" />,
  gateway: <path d="M2.5 2.5v11M13.5 2.5v11M2.5 5h11M6.2 5v8.5M9.8 5v8.5" />,
  services: <path d="M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01" />,
};
