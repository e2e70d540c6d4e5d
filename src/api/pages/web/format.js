// Numbers and times as a person reads them. Widths hardly change from one second to the next.

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const DECIMAL = ['B/s', 'kB/s', 'MB/s', 'GB/s'];

function scaled(value, base, units) {
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    ++unit;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export const bytes = (value) => scaled(value, 1024, BINARY);
export const rate = (value) => scaled(value, 1000, DECIMAL);
export const count = new Intl.NumberFormat('en').format;

const two = (number) => String(number).padStart(2, '0');

/** Local time, to the second. */
export function clock(date) {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
