// The menu of times until when a notification is put aside.

import type { Snooze } from '../inbox/inbox.js';
import { icons } from './icons.js';
import { iconButton, make, set } from './dom.js';
import type { BellTexts } from './texts.js';

const morning = 9;

function nextMorning(now: Date, days: number): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, morning).getTime();
}

/** By this machine's calendar. */
export function snoozeChoices({ snoozes }: BellTexts, now: Date): readonly { text: string; until: Snooze }[] {
  return [
    { text: snoozes.hour, until: { for: 3_600 } },
    { text: snoozes.hours, until: { for: 10_800 } },
    { text: snoozes.tomorrow, until: { until: nextMorning(now, 1) } },
    { text: snoozes.week, until: { until: nextMorning(now, ((8 - now.getDay()) % 7) || 7) } },
  ];
}

/** A button, and the menu that it opens: arrows move in it, Escape and leaving it close it. */
export function snoozeMenu(texts: BellTexts, choose: (until: Snooze) => void): HTMLElement {
  const menu = make('div', { class: 'menu', role: 'menu', 'aria-label': texts.snooze, hidden: true, onkeydown: onKey });
  const button = iconButton(icons.clock, texts.snooze, { 'data-act': 'snooze', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => show(Boolean(menu.hidden)) });
  const items = () => [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];

  function show(shown: boolean): void {
    if (shown) menu.replaceChildren(...snoozeChoices(texts, new Date()).map(({ text, until }) => make('button', { type: 'button', class: 'menu__item', role: 'menuitem', tabindex: -1, onclick: () => (show(false), choose(until)) }, text)));
    menu.hidden = !shown;
    set(button, 'aria-expanded', String(shown));
    if (shown) {
      items()[0]?.focus();
      menu.scrollIntoView({ block: 'nearest' });
    }
  }

  function onKey(event: KeyboardEvent): void {
    const all = items();
    const at = all.findIndex((each) => each.matches(':focus'));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else if (event.key === 'Escape') {
      show(false);
      button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return make(
    'span',
    {
      class: 'snooze',
      onfocusout: (event: FocusEvent) => {
        const to = event.relatedTarget;
        if (!menu.hidden && !(to instanceof Node && (menu.contains(to) || to === button))) show(false);
      },
    },
    button,
    menu,
  );
}
