import type { KeyboardEvent } from 'react';

/** What the frame of either console scrolls. */
export const CONTENT_ID = 'content';

/** Writes down in the browser's history how far the page is scrolled, before another is opened: Back returns to that row. */
export function rememberScroll(): void {
  const scroll = document.getElementById(CONTENT_ID)?.scrollTop ?? 0;
  window.history.replaceState({ scroll }, '');
}

/** How far the page that Back or Forward came to was scrolled; 0 for one that was just opened. Pixels. */
export function rememberedScroll(): number {
  const state: unknown = window.history.state;
  if (typeof state !== 'object' || state === null || !('scroll' in state)) return 0;
  return typeof state.scroll === 'number' ? state.scroll : 0;
}

/** Scrolls what a key brought the focus to out from under a bar that sticks to the foot of the page. */
export function revealFocused(event: KeyboardEvent): void {
  if (event.key === 'Tab' && event.target instanceof Element) reveal(event.target);
}

/** Gives the focus to the first field of a form that is marked as wrong, and shows it with what is said below it. */
export function focusFirstProblem(form: Element): void {
  const field = form.querySelector<HTMLElement>('[aria-invalid="true"]');
  if (field === null) return;
  field.focus();
  reveal(field);
}

/** Browsers do so themselves only for what is out of the window. The box of a switch is hidden behind its label. */
function reveal(element: Element): void {
  (element.closest('label') ?? element).scrollIntoView({ block: 'nearest' });
}
