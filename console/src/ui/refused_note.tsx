import { messageOf } from '../api/http.ts';
import { defineText, useText } from '../text/language.tsx';
import { Note } from './basics.tsx';

const texts = defineText({
  en: { refused: 'The server refused an event:' },
  ru: { refused: 'Сервер отклонил событие:' },
});

/** Why something that publishes by itself has stopped; nothing where it has not. */
export function RefusedNote({ error }: { error: unknown }) {
  const t = useText(texts);
  if (error === null) return null;
  return (
    <Note tone="bad" testId="refused">
      {t.refused} {messageOf(error)}
    </Note>
  );
}
