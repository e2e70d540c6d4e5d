import { useEffect, useState, type FormEvent } from 'react';
import { toast } from 'sonner';
import type { Inbox, InboxPreferences } from 'weir-client/inbox';

import { messageOf } from '../../api/http.ts';
import { useText } from '../../text/language.tsx';
import { Field, Loading, Note, Panel } from '../../ui/basics.tsx';
import { Plus, X } from '../../ui/icons.ts';
import { texts } from './texts.ts';

const channels = ['inbox', 'email', 'push', 'ntfy', 'webhook'] as const;
type Channel = (typeof channels)[number];
/** All types that are not named. */
const any = '*';

/** What is not said is on, so only what is off, or on against `*`, is said. */
export function switched(preferences: InboxPreferences, type: string, channel: Channel, on: boolean): InboxPreferences {
  const { [channel]: _, ...others } = preferences.types[type] ?? {};
  const otherwise = type === any ? true : (preferences.types[any]?.[channel] ?? true);
  return { ...preferences, types: { ...preferences.types, [type]: on === otherwise ? others : { ...others, [channel]: on } } };
}

export const isOn = ({ types }: InboxPreferences, type: string, channel: Channel): boolean => types[type]?.[channel] ?? types[any]?.[channel] ?? true;

interface Part {
  preferences: InboxPreferences;
  onChange: (preferences: InboxPreferences) => void;
}

function Types({ preferences, onChange }: Part) {
  const t = useText(texts).preferences;
  const [type, setType] = useState('');
  const types = [...Object.keys(preferences.types).filter((each) => each !== any), any];
  const name = type.trim();
  const add = () => {
    if (name === '' || types.includes(name)) return;
    onChange({ ...preferences, types: { ...preferences.types, [name]: {} } });
    setType('');
  };
  return (
    <>
      <div className="table-scroll">
        <table className="table preferences" data-testid="preferences">
          <thead>
            <tr>
              <th scope="col">{t.type}</th>
              {channels.map((channel) => (
                <th key={channel} scope="col">
                  {t.channels[channel]}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {types.map((each) => (
              <tr key={each}>
                <th scope="row">{each === any ? t.any : <code>{each}</code>}</th>
                {channels.map((channel) => (
                  <td key={channel}>
                    <input
                      type="checkbox"
                      aria-label={t.switchOf(each === any ? t.any : each, t.channels[channel])}
                      checked={isOn(preferences, each, channel)}
                      onChange={(event) => onChange(switched(preferences, each, channel, event.target.checked))}
                    />
                  </td>
                ))}
                <td>
                  {each !== any && (
                    <button
                      type="button"
                      className="button button--quiet button--icon button--small"
                      aria-label={t.remove(each)}
                      title={t.remove(each)}
                      onClick={() => onChange({ ...preferences, types: Object.fromEntries(Object.entries(preferences.types).filter(([key]) => key !== each)) })}
                    >
                      <X size={14} aria-hidden />
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="row">
        <input
          className="input input--mono preferences__type"
          aria-label={t.type}
          placeholder="task_message"
          maxLength={64}
          spellCheck={false}
          value={type}
          onChange={(event) => setType(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
        <button type="button" className="button button--small" onClick={add}>
          <Plus size={14} aria-hidden />
          {t.add}
        </button>
      </div>
    </>
  );
}

function QuietHours({ preferences, onChange }: Part) {
  const t = useText(texts).preferences;
  const hours = preferences.quietHours;
  const set = (changes: Partial<NonNullable<typeof hours>>) => hours && onChange({ ...preferences, quietHours: { ...hours, ...changes } });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <fieldset className="preferences__quiet">
      <legend>
        <label className="row">
          <input type="checkbox" checked={hours !== null} onChange={(event) => onChange({ ...preferences, quietHours: event.target.checked ? { from: '22:00', to: '07:00', timeZone: zone } : null })} />
          {t.quiet}
        </label>
      </legend>
      <p className="field__hint">{t.quietHint}</p>
      {hours !== null && (
        <div className="preferences__times">
          <Field label={t.from}>{(attributes) => <input {...attributes} className="input" type="time" required value={hours.from} onChange={(event) => set({ from: event.target.value })} />}</Field>
          <Field label={t.to}>{(attributes) => <input {...attributes} className="input" type="time" required value={hours.to} onChange={(event) => set({ to: event.target.value })} />}</Field>
          <Field label={t.zone}>{(attributes) => <input {...attributes} className="input input--mono" required spellCheck={false} value={hours.timeZone} onChange={(event) => set({ timeZone: event.target.value })} />}</Field>
        </div>
      )}
    </fieldset>
  );
}

/** What a user wants to be told, by which channel, and when not. */
export function PreferencesForm({ inbox }: { inbox: Inbox }) {
  const all = useText(texts);
  const t = all.preferences;
  const [preferences, setPreferences] = useState<InboxPreferences | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let there = true;
    setPreferences(null);
    inbox.preferences().then(
      (loaded) => there && setPreferences(loaded),
      (failure: unknown) => there && setError(messageOf(failure)),
    );
    return () => {
      there = false;
    };
  }, [inbox]);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (preferences === null) return;
    try {
      await inbox.savePreferences(preferences);
      setError(null);
      toast.success(t.saved);
    } catch (failure) {
      setError(messageOf(failure));
    }
  };

  return (
    <Panel title={t.title} hint={t.hint}>
      {error !== null && (
        <Note tone="bad" testId="preferences-error">
          <span lang="en">{error}</span>
        </Note>
      )}
      {preferences === null ? (
        error === null && <Loading label={all.loading} />
      ) : (
        <form className="stack" autoComplete="off" onSubmit={(event) => void save(event)}>
          <Types preferences={preferences} onChange={setPreferences} />
          <QuietHours preferences={preferences} onChange={setPreferences} />
          <div className="row row--end">
            <button type="submit" className="button button--main" data-testid="preferences-save">
              {t.save}
            </button>
          </div>
        </form>
      )}
    </Panel>
  );
}
