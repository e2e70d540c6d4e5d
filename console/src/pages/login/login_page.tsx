import { useState, type FormEvent } from 'react';
import { Navigate, useLocation } from 'react-router';

import { Problem } from '../../api/http.ts';
import { useSession } from '../../api/session.ts';
import favicon from '../../favicon.svg';
import { LanguageMenu, ThemeMenu } from '../../shell/menus.tsx';
import { pluralEn, pluralRu } from '../../text/plural.ts';
import { defineText, useText } from '../../text/language.tsx';
import { Field, Loading, Note } from '../../ui/basics.tsx';
import { LogIn } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import './login.css';

const texts = defineText({
  en: {
    title: 'Sign in',
    why: 'This server asks who its operators are.',
    password: 'Password',
    token: 'Token or key',
    name: 'Name',
    how: 'How to sign in',
    submit: 'Sign in',
    loading: 'Loading',
    wrongPassword: 'The name or the password is wrong.',
    wrongToken: 'This token or key is not valid here, or grants no “admin”.',
    wait: (seconds: number) => `Too many attempts. Try again in ${seconds} ${pluralEn(seconds, 'second', 'seconds')}.`,
    tokenHint: 'A JWT or an API key that grants “admin”. It is changed for a session and kept nowhere else.',
  },
  ru: {
    title: 'Вход',
    why: 'Этот сервер спрашивает, кто его операторы.',
    password: 'Пароль',
    token: 'Токен или ключ',
    name: 'Имя',
    how: 'Способ входа',
    submit: 'Войти',
    loading: 'Загрузка',
    wrongPassword: 'Неверное имя или пароль.',
    wrongToken: 'Токен или ключ здесь недействителен либо не даёт права «admin».',
    wait: (seconds: number) => `Слишком много попыток. Повторите через ${seconds} ${pluralRu(seconds, 'секунду', 'секунды', 'секунд')}.`,
    tokenHint: 'JWT или API-ключ с правом «admin». Он обменивается на сеанс и больше нигде не хранится.',
  },
});

type Method = 'password' | 'token';

function Failure({ error, method }: { error: unknown; method: Method }) {
  const t = useText(texts);
  if (error instanceof Problem && error.status === 429) return <Note tone="warn">{t.wait(error.retryAfter ?? 1)}</Note>;
  // 403: a token that is good, but no admin's.
  if (error instanceof Problem && (error.status === 401 || error.code === 'forbidden')) {
    return (
      <Note tone="bad" testId="login-failed">
        {method === 'password' ? t.wrongPassword : t.wrongToken}
      </Note>
    );
  }
  return <ProblemNote error={error} />;
}

function LoginForm({ methods }: { methods: readonly Method[] }) {
  const t = useText(texts);
  const { signIn } = useSession();
  const [method, setMethod] = useState<Method>(methods[0] ?? 'token');
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await signIn(method === 'password' ? { name, password: secret } : { token: secret.trim() });
    } catch (error) {
      setFailure(error);
      setSecret('');
    }
    setBusy(false);
  };

  return (
    <form className="stack" onSubmit={submit}>
      {methods.length > 1 && (
        <div className="row" role="group" aria-label={t.how}>
          {methods.map((each) => (
            <button
              key={each}
              type="button"
              className="button grow"
              aria-pressed={method === each}
              onClick={() => {
                setMethod(each);
                setFailure(null);
              }}
            >
              {t[each]}
            </button>
          ))}
        </div>
      )}
      {method === 'password' && (
        <Field label={t.name}>
          {(attributes) => (
            <input {...attributes} className="input" autoComplete="username" autoCapitalize="off" spellCheck={false} required value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
      )}
      <Field label={t[method]} {...(method === 'token' ? { hint: t.tokenHint } : {})}>
        {(attributes) => (
          <input
            {...attributes}
            className="input"
            type="password"
            autoComplete={method === 'password' ? 'current-password' : 'off'}
            required
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
          />
        )}
      </Field>
      {failure !== null && <Failure error={failure} method={method} />}
      <button type="submit" className="button button--main" aria-disabled={busy}>
        <LogIn size={15} aria-hidden />
        {t.submit}
      </button>
    </form>
  );
}

/** Stands at /login, and in the place of any page while the server wants to know who is asking. */
export default function LoginPage() {
  const t = useText(texts);
  const { session, error } = useSession();
  const { pathname } = useLocation();
  const methods = (session?.methods ?? []).filter((each): each is Method => each === 'password' || each === 'token');
  if (session !== undefined && (!session.required || session.admin)) return pathname === '/login' ? <Navigate to="/" replace /> : null;
  return (
    <div className="login">
      <div className="login__menus row">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main className="panel login__panel">
        <div className="brand">
          <img src={favicon} width={28} height={28} alt="" />
          Weir
        </div>
        <div>
          <h1>{t.title}</h1>
          <p className="muted">{t.why}</p>
        </div>
        {session !== undefined ? <LoginForm methods={methods} /> : error === null ? <Loading label={t.loading} /> : <ProblemNote error={error} />}
      </main>
    </div>
  );
}
