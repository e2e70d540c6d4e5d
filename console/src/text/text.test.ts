import { describe, expect, test } from 'vitest';

import { formatFor } from './format.ts';
import { initialLanguage } from './language.tsx';
import { pluralEn, pluralRu } from './plural.ts';

describe('the language', () => {
  test('is the first of the browser’s that there is, else English', () => {
    expect(initialLanguage(['ru-RU', 'en'])).toBe('ru');
    expect(initialLanguage(['de-DE', 'ru', 'en'])).toBe('ru');
    expect(initialLanguage(['de', 'fr'])).toBe('en');
    expect(initialLanguage([])).toBe('en');
  });

  test('is what was chosen before, whatever the browser wants', () => {
    localStorage.setItem('weir.language', 'ru');
    expect(initialLanguage(['en'])).toBe('ru');
    localStorage.setItem('weir.language', 'xx');
    expect(initialLanguage(['en'])).toBe('en');
  });
});

describe('plurals', () => {
  test('are those of the language', () => {
    expect([0, 1, 2].map((count) => pluralEn(count, 'event', 'events'))).toEqual(['events', 'event', 'events']);
    const russian = (count: number) => pluralRu(count, 'событие', 'события', 'событий');
    expect([1, 2, 5, 11, 21, 22, 111].map(russian)).toEqual(['событие', 'события', 'событий', 'событий', 'событие', 'события', 'событий']);
  });
});

describe('numbers as a person reads them', () => {
  const en = formatFor('en');
  const ru = formatFor('ru');

  test('sizes', () => {
    expect([0, 512, 1536, 10 * 1024 ** 2, 300 * 1024 ** 3].map(en.bytes)).toEqual(['0 B', '512 B', '1.5 KiB', '10 MiB', '300 GiB']);
    expect(ru.bytes(1536)).toBe('1,5 КиБ');
  });

  test('durations', () => {
    expect([0.0004, 0.0123, 1.5, 42, 90, 3700, 200_000].map(en.seconds)).toEqual(['0.4 ms', '12.3 ms', '1.5 s', '42 s', '1 min 30 s', '1 h 1 min', '2 d 7 h']);
    expect(ru.seconds(90)).toBe('1 мин 30 с');
  });

  test('rates and counts', () => {
    expect([0, 0.5, 12.34, 999, 120_000].map(en.perSecond)).toEqual(['0/s', '0.5/s', '12.3/s', '999/s', '120K/s']);
    expect([9_999, 12_345].map(en.compact)).toEqual(['9,999', '12.3K']);
    expect(ru.perSecond(0.5)).toBe('0,5/с');
  });

  test('times of day look the same in every language', () => {
    const time = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
    expect(en.clockMs(time)).toBe('03:04:05.006');
    expect(ru.clock(time)).toBe('03:04:05');
  });
});
