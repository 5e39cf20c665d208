import { useRef, useState } from 'react';
import type { LogLines } from './lines.ts';

/** Pixels from the end that still count as the end. */
const NEAR = 24;

export interface Follow {
  /** What is shown: the live lines while following, those of the moment one paused otherwise. */
  readonly shown: LogLines;
  readonly isFollowing: boolean;
  /** Lines that came since the pause. */
  readonly behind: number;
  readonly pause: () => void;
  readonly follow: () => void;
  readonly onScroll: (element: HTMLElement) => void;
}

/** Follow and pause: scrolling up pauses, and then nothing moves at all; scrolling back down to the end follows again. */
export function useFollow(lines: LogLines): Follow {
  const [paused, setPaused] = useState<LogLines | null>(null);
  const lastTop = useRef(0);
  // A restarted program counts anew: what is paused has nothing to do with it, and stays until one follows again.
  const behind = paused === null ? 0 : Math.max(0, lines.lastSeq - paused.lastSeq);
  const pause = (): void => setPaused((old) => old ?? lines);
  const follow = (): void => setPaused(null);
  return {
    shown: paused ?? lines,
    isFollowing: paused === null,
    behind,
    pause,
    follow,
    onScroll(element) {
      const top = element.scrollTop;
      const isAtEnd = element.scrollHeight - top - element.clientHeight < NEAR;
      if (paused === null && top < lastTop.current - 1 && !isAtEnd) pause();
      if (paused !== null && top > lastTop.current && isAtEnd) follow();
      lastTop.current = top;
    },
  };
}
