import { Problem, Unreachable } from '../api/http.ts';
import { defineText, useText } from '../text/language.tsx';
import { Note } from './basics.tsx';

const texts = defineText({
  en: {
    unreachable: 'The server does not answer. This page tries again by itself.',
    forbidden: 'This needs an admin: sign in as an operator, or with a token that has “admin”.',
  },
  ru: {
    unreachable: 'Сервер не отвечает. Страница повторит запрос сама.',
    forbidden: 'Здесь нужны права администратора: войдите как оператор или с токеном, в котором есть «admin».',
  },
});

/** What went wrong with a request, in the server's own words where it said any. */
export function ProblemNote({ error, testId }: { error: unknown; testId?: string }) {
  const t = useText(texts);
  if (error instanceof Unreachable) {
    return (
      <Note tone="warn" {...(testId ? { testId } : {})}>
        {t.unreachable}
      </Note>
    );
  }
  const problem = error instanceof Problem ? error : null;
  return (
    <Note tone="bad" {...(testId ? { testId } : {})}>
      <strong>{problem?.title ?? String(error)}</strong>
      {problem?.status === 403 && <p>{t.forbidden}</p>}
      {problem !== null && problem.detail !== '' && <p className="mono">{problem.detail}</p>}
    </Note>
  );
}
