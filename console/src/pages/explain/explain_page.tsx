import { useEffect, useState, type FormEvent } from 'react';
import { Link, useSearchParams } from 'react-router';

import { request } from '../../api/http.ts';
import { topicPage } from '../../api/topic_path.ts';
import type { Explanation, ExplainRequest } from '../../api/types.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Field, Panel } from '../../ui/basics.tsx';
import { Check, CircleHelp, Minus, X } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { texts } from './texts.ts';
import './explain.css';

interface Question {
  cursor: string;
  by: 'client' | 'subscription';
  clientId: string;
  token: string;
  topics: string;
  match: string;
  filter: string;
}

/** Names or patterns, one a line or between commas. */
export const listOf = (text: string): string[] => text.split(/[\n,]/).map((each) => each.trim()).filter((each) => each !== '');

export function explainRequest(question: Question): ExplainRequest {
  const cursor = question.cursor.trim();
  if (question.by === 'client') return { cursor, client_id: question.clientId.trim() };
  const filter = question.filter.trim();
  return {
    cursor,
    token: question.token.trim() || null,
    topics: listOf(question.topics),
    match: listOf(question.match),
    ...(filter === '' ? {} : { filter }),
  };
}

function Steps({ steps }: { steps: Explanation['steps'] }) {
  const t = useText(texts);
  return (
    <ol className="steps" data-testid="steps">
      {steps.map(({ check, passed, detail }) => {
        const Icon = passed === null ? Minus : passed ? Check : X;
        const word = passed === null ? t.notAsked : passed ? t.passed : t.failed;
        return (
          <li key={check} className="steps__step">
            <Badge tone={passed === null ? 'plain' : passed ? 'good' : 'bad'} icon={Icon}>
              {word}
            </Badge>
            <div>
              <h3>{t.checks[check as keyof typeof t.checks] ?? check}</h3>
              <p className="muted">{detail}</p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Answer({ answer }: { answer: Explanation }) {
  const t = useText(texts);
  const format = useFormat();
  const good = /^(would-be-)?delivered/.test(answer.verdict);
  const { event } = answer;
  return (
    <Panel title={t.answer}>
      <p className={`verdict verdict--${good ? 'good' : 'bad'}`} role="status" data-testid="verdict" data-verdict={answer.verdict}>
        {t.verdicts[answer.verdict as keyof typeof t.verdicts] ?? answer.verdict}
      </p>
      {event !== null && (
        <dl className="facts">
          <dt>{t.event}</dt>
          <dd className="mono">{event.event}</dd>
          <dt>{t.topics}</dt>
          <dd>
            {event.topics.map((topic) => (
              <Link key={topic} className="mono explain__topic" to={topicPage(topic)}>
                {topic}
              </Link>
            ))}
          </dd>
          <dt>{t.time}</dt>
          <dd>{format.dateTime(event.time)}</dd>
          <dt>{t.size}</dt>
          <dd>
            {format.bytes(event.bytes)} {event.private && <Badge>{t.private}</Badge>}
          </dd>
        </dl>
      )}
      <Steps steps={answer.steps} />
    </Panel>
  );
}

/** Goes through the checks of a delivery for one event and one client, real or imagined. */
export default function ExplainPage() {
  const t = useText(texts);
  const [query] = useSearchParams();
  const [question, setQuestion] = useState<Question>({
    cursor: query.get('cursor') ?? '',
    by: query.has('client_id') || !query.has('cursor') ? 'client' : 'subscription',
    clientId: query.get('client_id') ?? '',
    token: '',
    topics: '',
    match: '',
    filter: '',
  });
  const [answer, setAnswer] = useState<Explanation | null>(null);
  const [error, setError] = useState<unknown>(null);
  const set = (changes: Partial<Question>) => setQuestion((before) => ({ ...before, ...changes }));
  const complete = question.cursor.trim() !== '' && (question.by === 'subscription' || question.clientId.trim() !== '');

  const ask = async () => {
    try {
      setAnswer(await request<Explanation>('/v1/explain', { method: 'POST', json: explainRequest(question) }));
      setError(null);
    } catch (failure) {
      setAnswer(null);
      setError(failure);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void ask();
  };
  // A link that says all is a question already.
  useEffect(() => {
    if (query.has('cursor') && query.has('client_id')) void ask();
    // Once, for the address that the page was opened with.
  }, []);

  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint} />
      <div className="explain">
        <Panel title={t.question}>
          <form className="stack" onSubmit={submit}>
            <Field label={t.cursor} hint={t.cursorHint}>
              {(attributes) => <input {...attributes} className="input input--mono" required spellCheck={false} value={question.cursor} onChange={(event) => set({ cursor: event.target.value })} data-testid="explain-cursor" />}
            </Field>
            <div className="row" role="group" aria-label={t.whom}>
              {(['client', 'subscription'] as const).map((by) => (
                <button key={by} type="button" className="button grow" aria-pressed={question.by === by} onClick={() => set({ by })} data-testid={`by-${by}`}>
                  {t.by[by]}
                </button>
              ))}
            </div>
            {question.by === 'client' ? (
              <Field label={t.clientId} hint={<Link to="/connections">{t.clientHint}</Link>}>
                {(attributes) => <input {...attributes} className="input input--mono" spellCheck={false} value={question.clientId} onChange={(event) => set({ clientId: event.target.value })} data-testid="explain-client" />}
              </Field>
            ) : (
              <>
                <Field label={t.topicsLabel} hint={t.listHint}>
                  {(attributes) => <input {...attributes} className="input input--mono" spellCheck={false} value={question.topics} onChange={(event) => set({ topics: event.target.value })} data-testid="explain-topics" />}
                </Field>
                <Field label={t.matchLabel}>
                  {(attributes) => <input {...attributes} className="input input--mono" placeholder="orders/**" spellCheck={false} value={question.match} onChange={(event) => set({ match: event.target.value })} />}
                </Field>
                <Field label={t.filterLabel}>
                  {(attributes) => <input {...attributes} className="input input--mono" spellCheck={false} value={question.filter} onChange={(event) => set({ filter: event.target.value })} data-testid="explain-filter" />}
                </Field>
                <Field label={t.tokenLabel} hint={t.tokenHint}>
                  {(attributes) => <input {...attributes} className="input input--mono" type="password" autoComplete="off" value={question.token} onChange={(event) => set({ token: event.target.value })} />}
                </Field>
              </>
            )}
            <button type="submit" className="button button--main" aria-disabled={!complete} data-testid="explain">
              <CircleHelp size={15} aria-hidden />
              {t.ask}
            </button>
          </form>
        </Panel>
        <div className="stack" aria-live="polite">
          {error !== null && <ProblemNote error={error} testId="explain-error" />}
          {answer !== null ? (
            <Answer answer={answer} />
          ) : (
            error === null && (
              <Empty icon={CircleHelp} title={t.empty}>
                <p className="empty__text">{t.emptyText}</p>
              </Empty>
            )
          )}
        </div>
      </div>
    </div>
  );
}
