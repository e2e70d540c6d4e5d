import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { publish, WeirError } from 'weir-client';

import { defineText, useText } from '../text/language.tsx';
import { Field } from '../ui/basics.tsx';
import { Send } from '../ui/icons.ts';

const texts = defineText({
  en: {
    topic: 'Topic',
    data: 'Data',
    type: 'Type',
    typeHint: 'message',
    key: 'Key',
    none: 'none',
    private: 'Private',
    ephemeral: 'Ephemeral',
    publish: 'Publish',
    acknowledged: (cursor: string, time: string) => `Acknowledged as ${cursor} in ${time} ms`,
    sent: (time: string) => `Sent in ${time} ms to who is connected; it is in no log.`,
    unknown: 'The server did not answer; nothing is known about this event.',
  },
  ru: {
    topic: 'Тема',
    data: 'Данные',
    type: 'Тип',
    typeHint: 'message',
    key: 'Ключ',
    none: 'нет',
    private: 'Закрытое',
    ephemeral: 'Мимолётное',
    publish: 'Опубликовать',
    acknowledged: (cursor: string, time: string) => `Подтверждено как ${cursor} за ${time} мс`,
    sent: (time: string) => `Отправлено за ${time} мс тем, кто подключён; в журнале его нет.`,
    unknown: 'Сервер не ответил; об этом событии ничего не известно.',
  },
});

interface Outcome {
  tone: 'good' | 'bad';
  text: string;
}

interface PublishFormProps {
  /** Fixed, or what the field begins with. */
  topic: string;
  fixed?: boolean;
  data?: string;
  /** With type, key and marks. */
  full?: boolean;
}

/** Publishes as any program would: one POST, and what the server answered. */
export function PublishForm({ topic: initialTopic, fixed = false, data: initialData = '', full = false }: PublishFormProps) {
  const t = useText(texts);
  const [typedTopic, setTopic] = useState(initialTopic);
  const topic = fixed ? initialTopic : typedTopic;
  const [data, setData] = useState(initialData);
  const [type, setType] = useState('');
  const [key, setKey] = useState('');
  const [marks, setMarks] = useState({ private: false, ephemeral: false });
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const send = async () => {
    if (busy) return;
    setBusy(true);
    const started = performance.now();
    try {
      const options = { event: type || undefined, key: key || undefined, ...marks };
      // Once: whoever presses a button wants to know now.
      const { cursor, sequence } = await publish(topic, data, { ...options, attempts: 1 });
      const took = (performance.now() - started).toFixed(1);
      setOutcome({ tone: 'good', text: sequence === null ? t.sent(took) : t.acknowledged(cursor, took) });
    } catch (error) {
      const answered = error instanceof WeirError && error.status !== undefined;
      setOutcome({ tone: 'bad', text: answered ? error.message : t.unknown });
    }
    setBusy(false);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
  };

  return (
    <form className={full ? 'publish publish--full' : 'publish'} autoComplete="off" onSubmit={onSubmit}>
      {!fixed && (
        <Field label={t.topic} className="publish__topic">
          {(attributes) => (
            <input {...attributes} className="input input--mono" required maxLength={1024} spellCheck={false} value={topic} onChange={(event) => setTopic(event.target.value)} data-testid="publish-topic" />
          )}
        </Field>
      )}
      <Field label={t.data} className="publish__data">
        {(attributes) =>
          full ? (
            <textarea {...attributes} className="input input--mono" spellCheck={false} value={data} onChange={(event) => setData(event.target.value)} onKeyDown={onKeyDown} data-testid="publish-data" />
          ) : (
            <input {...attributes} className="input input--mono" spellCheck={false} value={data} onChange={(event) => setData(event.target.value)} data-testid="publish-data" />
          )
        }
      </Field>
      {full && (
        <>
          <Field label={t.type}>
            {(attributes) => (
              <input {...attributes} className="input input--mono" maxLength={256} placeholder={t.typeHint} spellCheck={false} value={type} onChange={(event) => setType(event.target.value)} data-testid="publish-type" />
            )}
          </Field>
          <Field label={t.key}>
            {(attributes) => (
              <input {...attributes} className="input input--mono" placeholder={t.none} spellCheck={false} value={key} onChange={(event) => setKey(event.target.value)} />
            )}
          </Field>
          <div className="row publish__marks">
            {(['private', 'ephemeral'] as const).map((mark) => (
              <label key={mark} className="row">
                <input type="checkbox" checked={marks[mark]} onChange={(event) => setMarks({ ...marks, [mark]: event.target.checked })} />
                {t[mark]}
              </label>
            ))}
          </div>
        </>
      )}
      {/* Not `disabled` while it is busy: that would take the keyboard's focus away. */}
      <button type="submit" className="button button--main publish__send" aria-disabled={busy} data-testid="publish-send">
        <Send size={14} aria-hidden />
        {t.publish}
      </button>
      <p className={`publish__answer${outcome === null ? '' : ` publish__answer--${outcome.tone}`}`} role="status" data-testid="publish-answer">
        {outcome?.text}
      </p>
    </form>
  );
}
