import { defineBell } from './element.js';

export { type BellNavigation, WeirBell, defineBell } from './element.js';
export { type BellTab, type BellTexts, bellTexts } from './texts.js';

defineBell();
