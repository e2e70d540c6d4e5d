import { useState, type FormEvent } from 'react';

import { messageOf, request } from '../../api/http.ts';
import { useText } from '../../text/language.tsx';
import { Field, Note, Panel } from '../../ui/basics.tsx';
import { Send } from '../../ui/icons.ts';
import { texts } from './texts.ts';

const severities = ['info', 'success', 'warning', 'critical'] as const;

interface Told {
  notifications: { id: string | null; duplicate: boolean }[];
}

/** Tells a user, as any program would. */
export function SendForm({ user }: { user: string }) {
  const t = useText(texts);
  const { send } = t;
  const [draft, setDraft] = useState({ user, title: send.example, body: '', severity: 'info' as (typeof severities)[number], actionUrl: '', transient: false });
  const [outcome, setOutcome] = useState<{ tone: 'good' | 'bad'; text: string } | null>(null);
  const set = (changes: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...changes }));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { actionUrl, ...rest } = draft;
    try {
      const { notifications } = await request<Told>('/api/notifications', { method: 'POST', json: { ...rest, ...(actionUrl === '' ? {} : { actionUrl }) } });
      const told = notifications[0];
      setOutcome({ tone: 'good', text: told?.duplicate ? send.duplicate : told?.id == null ? send.transient : send.sent(told.id) });
    } catch (error) {
      setOutcome({ tone: 'bad', text: messageOf(error) });
    }
  };

  return (
    <Panel title={send.title} hint={send.hint}>
      <form className="stack" autoComplete="off" data-testid="send" onSubmit={(event) => void submit(event)}>
        <div className="notifications__pair">
          <Field label={send.to}>{(attributes) => <input {...attributes} className="input input--mono" required maxLength={256} value={draft.user} onChange={(event) => set({ user: event.target.value })} />}</Field>
          <Field label={send.severity}>
            {(attributes) => (
              <select {...attributes} className="input" value={draft.severity} onChange={(event) => set({ severity: event.target.value as (typeof severities)[number] })}>
                {severities.map((each) => (
                  <option key={each} value={each}>
                    {t.severities[each]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <Field label={send.heading}>{(attributes) => <input {...attributes} className="input" required value={draft.title} onChange={(event) => set({ title: event.target.value })} />}</Field>
        <Field label={send.body}>{(attributes) => <textarea {...attributes} className="input" value={draft.body} onChange={(event) => set({ body: event.target.value })} />}</Field>
        <Field label={send.url} hint={send.urlHint}>
          {(attributes) => <input {...attributes} className="input input--mono" spellCheck={false} value={draft.actionUrl} onChange={(event) => set({ actionUrl: event.target.value })} />}
        </Field>
        <label className="row">
          <input type="checkbox" checked={draft.transient} onChange={(event) => set({ transient: event.target.checked })} />
          {send.only}
        </label>
        <div className="row row--end">
          <button type="submit" className="button button--main" data-testid="send-now">
            <Send size={14} aria-hidden />
            {send.send}
          </button>
        </div>
        {outcome !== null && (
          <Note tone={outcome.tone} testId="send-outcome">
            <span lang="en">{outcome.text}</span>
          </Note>
        )}
      </form>
    </Panel>
  );
}
