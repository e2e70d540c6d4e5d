const english = new Intl.PluralRules('en');
const russian = new Intl.PluralRules('ru');

/** "event" or "events". */
export function pluralEn(count: number, one: string, other: string): string {
  return english.select(count) === 'one' ? one : other;
}

/** "событие", "события" or "событий". */
export function pluralRu(count: number, one: string, few: string, many: string): string {
  const form = russian.select(count);
  if (form === 'one') return one;
  return form === 'few' ? few : many;
}
