// The bell as one script for a page without a bundler: <script src="…/weir-bell.js"></script>

import { WeirBell, defineBell } from './element.js';

// A script that came from a Weir server speaks to that one.
const from = (document.currentScript as HTMLScriptElement | null)?.src;
if (from) WeirBell.server = from.replace(/\/[^/]*$/, '');

defineBell();
