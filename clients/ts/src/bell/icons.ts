// The drawings of the bell, as paths of a 24 by 24 grid.

import type { Severity } from '../inbox/types.js';

const circle = 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z';

export const icons = {
  bell: 'M6 16.5c1-1.2 1.4-2.6 1.4-5.5a4.6 4.6 0 0 1 9.2 0c0 2.9.4 4.3 1.4 5.5zM10.2 19.5a2 2 0 0 0 3.6 0M12 6.4V4.5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checkAll: 'M2.5 12.5L7 17l9-9.5M11.5 16l1 1 9-9.5',
  dot: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  archive: 'M4 5.5h16v4H4zM6 9.5v9h12v-9M10 13h4',
  unarchive: 'M4 13.5h4.5l1.5 2.5h4l1.5-2.5H20v6H4zM12 11V4M9 7l3-3 3 3',
  clock: `${circle}M12 8v4.2l2.8 1.8`,
  wake: 'M5 12a7 7 0 1 0 2.2-5.1L5 9M5 4.5V9h4.5',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  sound: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5zM16 9.2a4 4 0 0 1 0 5.6M18.6 6.8a7.3 7.3 0 0 1 0 10.4',
  silent: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5zM16.5 9.5l5 5M21.5 9.5l-5 5',
} as const;

export const severityIcons: Readonly<Record<Severity, string>> = {
  info: `${circle}M12 11v5M12 8v.01`,
  success: `${circle}M8.5 12.3l2.5 2.5 4.5-5`,
  warning: 'M12 4.5l8.5 15h-17zM12 10v4.5M12 17v.01',
  critical: 'M8.7 4h6.6L20 8.7v6.6L15.3 20H8.7L4 15.3V8.7zM12 8v5M12 16v.01',
};
