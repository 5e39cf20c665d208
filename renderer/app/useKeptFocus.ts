import { useEffect, type RefObject } from 'react';

/**
 * Gives the focus to `main` once what had it is gone: a row that was removed, a form that was saved and left. Left to the
 * browser it falls to the document, where a screen reader has lost its place and Tab may begin at the top again.
 */
export function useKeptFocus(main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let holder: Element | null = null;
    let frame = 0;
    const onFocus = ({ target }: FocusEvent): void => {
      holder = target instanceof Element ? target : null;
    };
    // A press beside everything that can have the focus takes it away on purpose.
    const onPress = (): void => {
      holder = null;
    };
    const isLost = (): boolean => document.activeElement === document.body;
    const observer = new MutationObserver(() => {
      if (holder === null || holder.isConnected || !isLost()) return;
      holder = null;
      cancelAnimationFrame(frame);
      // A dialog that closes gives the focus back to what opened it, in a frame that it asked for before this one.
      frame = requestAnimationFrame(() => {
        if (isLost()) main.current?.focus({ preventScroll: true });
      });
    });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('pointerdown', onPress, true);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('pointerdown', onPress, true);
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [main]);
}
