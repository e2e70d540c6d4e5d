import { defineBell } from './element.js';

export { type BellNavigation, WeirBell, defineBell } from './element.js';
export { severityIcons } from './icons.js';
export { snoozeChoices } from './snooze_menu.js';
export { type BellTab, type BellTexts, bellTexts, relativeTime } from './texts.js';

defineBell();
