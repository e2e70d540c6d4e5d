// Numbers, sizes and times as a person reads them, in their language.

import type { Language } from './language.tsx';

interface Units {
  bytes: readonly string[];
  second: string;
  durations: { ms: string; s: string; min: string; h: string; d: string };
}

const units: Record<Language, Units> = {
  en: { bytes: ['B', 'KiB', 'MiB', 'GiB', 'TiB'], second: 's', durations: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' } },
  ru: { bytes: ['Б', 'КиБ', 'МиБ', 'ГиБ', 'ТиБ'], second: 'с', durations: { ms: 'мс', s: 'с', min: 'мин', h: 'ч', d: 'д' } },
};

export interface Format {
  /** 12,345 */
  count: (value: number) => string;
  /** 12.3K: where a column is narrow. */
  compact: (value: number) => string;
  /** As exact as the eye can use: 0.52, 9.4, 1,250. */
  decimal: (value: number) => string;
  percent: (value: number) => string;
  bytes: (value: number) => string;
  /** A number of anything a second. */
  perSecond: (value: number) => string;
  bytesPerSecond: (value: number) => string;
  /** From seconds: 1.2 ms, 35 s, 2 h 5 min. */
  seconds: (value: number) => string;
  /** Local time to the second, or with milliseconds. */
  clock: (time: number) => string;
  clockMs: (time: number) => string;
  dateTime: (time: number) => string;
}

const localeOf: Record<Language, string> = { en: 'en', ru: 'ru' };
const two = (value: number) => String(value).padStart(2, '0');

/** Hours, minutes and seconds look the same in both, and 24 hours is what engineers read. */
function clock(time: number): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function digitsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return 0;
  return size >= 10 ? 1 : 2;
}

export function formatFor(language: Language): Format {
  const locale = localeOf[language];
  const unit = units[language];
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
  const withDigits = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
  const fixed = (value: number, digits: number) => (withDigits[digits] ?? plain).format(value);
  const decimal = (value: number) => fixed(value, digitsFor(value));

  const bytes = (value: number) => {
    let scaled = value;
    let at = 0;
    while (scaled >= 1024 && at < unit.bytes.length - 1) {
      scaled /= 1024;
      ++at;
    }
    return `${fixed(scaled, at === 0 || scaled >= 100 ? 0 : 1)} ${unit.bytes[at] ?? ''}`;
  };

  const seconds = (value: number) => {
    const { ms, s, min, h, d } = unit.durations;
    if (value < 1) return `${decimal(value * 1000)} ${ms}`;
    if (value < 60) return `${fixed(value, value < 10 ? 1 : 0)} ${s}`;
    const minutes = Math.floor(value / 60);
    if (minutes < 60) return `${minutes} ${min} ${Math.floor(value % 60)} ${s}`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours} ${h} ${minutes % 60} ${min}` : `${Math.floor(hours / 24)} ${d} ${hours % 24} ${h}`;
  };

  return {
    count: (value) => plain.format(value),
    compact: (value) => (Math.abs(value) < 10_000 ? plain.format(value) : compact.format(value)),
    decimal,
    percent: (value) => `${fixed(value, 1)} %`,
    bytes,
    perSecond: (value) => `${value >= 10_000 ? compact.format(value) : decimal(value)}/${unit.second}`,
    bytesPerSecond: (value) => `${bytes(value)}/${unit.second}`,
    seconds,
    clock,
    clockMs: (time) => `${clock(time)}.${String(new Date(time).getMilliseconds()).padStart(3, '0')}`,
    dateTime: (time) => dateTime.format(time),
  };
}
