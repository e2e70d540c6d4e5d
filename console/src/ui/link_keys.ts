import type { KeyboardEvent } from 'react';

/** For a list whose rows have a link each: the arrow keys go from one to the next. */
export function onLinkKeys(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const target = { ArrowDown: links[at + 1], ArrowUp: links[at - 1] }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
