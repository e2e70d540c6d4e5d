import { useState, type FormEvent } from 'react';

import { request } from '../../api/http.ts';
import type { AccessTrial } from '../../api/types.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Field, Note, Panel } from '../../ui/basics.tsx';
import { Check, KeyRound, X } from '../../ui/icons.ts';
import { JsonTree } from '../../ui/json_tree.tsx';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { texts } from './texts.ts';
import './access.css';

const lines = (text: string) => text.split('\n').map((each) => each.trim()).filter((each) => each !== '');

function Topics({ topics, none }: { topics: readonly string[]; none: string }) {
  if (topics.length === 0) return <span className="muted">{none}</span>;
  return topics.map((topic) => (
    <code key={topic} className="access__topic">
      {topic}
    </code>
  ));
}

function Decisions({ decisions }: { decisions: AccessTrial['decisions'] }) {
  const t = useText(texts);
  return (
    <div className="table-scroll">
      <table className="table" data-testid="decisions">
        <thead>
          <tr>
            <th scope="col">{t.action}</th>
            <th scope="col">{t.topic}</th>
            <th scope="col">{t.outcome}</th>
            <th scope="col">{t.why}</th>
          </tr>
        </thead>
        <tbody>
          {decisions.map(({ action, topic, allowed, why }) => (
            <tr key={`${action} ${topic}`}>
              <td>{t.actions[action]}</td>
              <th scope="row" className="mono">
                {topic}
              </th>
              <td>
                <Badge tone={allowed ? 'good' : 'bad'} icon={allowed ? Check : X}>
                  {allowed ? t.allowed : t.refused}
                </Badge>
              </td>
              <td className="muted">{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Trial({ trial }: { trial: AccessTrial }) {
  const t = useText(texts);
  const format = useFormat();
  const { grants } = trial;
  return (
    <>
      <Panel title={t.result}>
        <Note tone={trial.valid ? 'good' : 'bad'} testId="access-verdict">
          {trial.valid ? t.valid[trial.kind] : t.invalid}
          {trial.reason !== null && <p>{trial.reason}</p>}
        </Note>
        <dl className="facts">
          {trial.subject !== null && (
            <>
              <dt>{t.subject}</dt>
              <dd className="mono">{trial.subject}</dd>
            </>
          )}
          {trial.issuer !== null && (
            <>
              <dt>{t.issuer}</dt>
              <dd className="mono">{trial.issuer}</dd>
            </>
          )}
          <dt>{t.expires}</dt>
          <dd>{trial.expires === null ? t.never : format.dateTime(trial.expires)}</dd>
          <dt>{t.mayPublish}</dt>
          <dd>
            <Topics topics={grants.publish} none={t.nothing} />
          </dd>
          <dt>{t.maySubscribe}</dt>
          <dd>
            <Topics topics={grants.subscribe} none={t.nothing} />
          </dd>
          <dt>{t.fields}</dt>
          <dd>{grants.fields === null ? t.allFields : <Topics topics={grants.fields} none={t.nothing} />}</dd>
          <dt>{t.limits}</dt>
          <dd className="mono">
            {Object.entries(grants.limits)
              .map(([name, value]) => `${name} ${format.count(value)}`)
              .join(', ') || <span className="muted">{t.noLimits}</span>}
          </dd>
          <dt>{t.admin}</dt>
          <dd>{grants.admin ? t.yes : t.no}</dd>
        </dl>
      </Panel>
      {trial.decisions.length > 0 && (
        <Panel title={t.decisions} flush>
          <Decisions decisions={trial.decisions} />
        </Panel>
      )}
      {trial.claims !== null && (
        <Panel title={t.claims}>
          <JsonTree text={JSON.stringify(trial.claims)} />
        </Panel>
      )}
    </>
  );
}

/** Tries a token: what it grants, and why. */
export default function AccessPage() {
  const t = useText(texts);
  const [token, setToken] = useState('');
  const [publish, setPublish] = useState('');
  const [subscribe, setSubscribe] = useState('');
  const [trial, setTrial] = useState<AccessTrial | null>(null);
  const [error, setError] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const json = { token: token.trim() || null, publish: lines(publish), subscribe: lines(subscribe) };
      setTrial(await request<AccessTrial>('/v1/access/try', { method: 'POST', json }));
      setError(null);
    } catch (failure) {
      setTrial(null);
      setError(failure);
    }
  };

  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint} />
      <div className="access">
        <Panel title={t.try}>
          <form className="stack" autoComplete="off" onSubmit={submit}>
            <Field label={t.token} hint={t.tokenHint}>
              {(attributes) => <textarea {...attributes} className="input input--mono access__token" spellCheck={false} value={token} onChange={(event) => setToken(event.target.value)} data-testid="access-token" />}
            </Field>
            <Field label={t.publishTopics} hint={t.linesHint}>
              {(attributes) => <textarea {...attributes} className="input input--mono" placeholder="orders/17" spellCheck={false} value={publish} onChange={(event) => setPublish(event.target.value)} data-testid="access-publish" />}
            </Field>
            <Field label={t.subscribeTopics} hint={t.patternsHint}>
              {(attributes) => <textarea {...attributes} className="input input--mono" placeholder="orders/**" spellCheck={false} value={subscribe} onChange={(event) => setSubscribe(event.target.value)} data-testid="access-subscribe" />}
            </Field>
            <button type="submit" className="button button--main" data-testid="access-try">
              <KeyRound size={15} aria-hidden />
              {t.tryButton}
            </button>
          </form>
        </Panel>
        <div className="stack stack--wide" aria-live="polite">
          {error !== null && <ProblemNote error={error} />}
          {trial !== null ? (
            <Trial trial={trial} />
          ) : (
            error === null && (
              <Empty icon={KeyRound} title={t.empty}>
                <p className="empty__text">{t.emptyText}</p>
              </Empty>
            )
          )}
        </div>
      </div>
    </div>
  );
}
