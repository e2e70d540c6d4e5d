import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';

import { messageOf, request } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { defineText, useFormat, useText } from '../../text/language.tsx';
import { Empty, Field, Loading, Panel } from '../../ui/basics.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Lock, Trash2 } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { paths, type SecretInfo } from '../api.ts';
import '../workflow.css';
import './secrets.css';

const texts = defineText({
  en: {
    title: 'Secrets',
    hint: 'What workflows may use and nobody can read back: a value goes in here and only into what a node does.',
    loading: 'Loading',
    name: 'Name',
    nameHint: 'Letters, digits and underscores.',
    value: 'Value',
    valueHint: 'It is stored encrypted and never shown again.',
    save: 'Save',
    add: 'Set a secret',
    saved: 'Saved',
    failed: 'Not done',
    columns: { name: 'Secret', updated: 'Set', action: 'Delete' },
    remove: 'Delete',
    removed: 'Deleted',
    removeTitle: 'Delete this secret?',
    removeText: 'Runs that need it fail from then on.',
    empty: 'There is no secret yet',
    emptyText: 'Set one here, or from a terminal without writing it anywhere:',
    emptyWhat: 'Set a secret',
  },
  ru: {
    title: 'Секреты',
    hint: 'То, чем процессы пользуются и чего никто не прочтёт: значение вводится здесь и попадает только в действие узла.',
    loading: 'Загрузка',
    name: 'Имя',
    nameHint: 'Латинские буквы, цифры и подчёркивания.',
    value: 'Значение',
    valueHint: 'Хранится зашифрованным и больше не показывается.',
    save: 'Сохранить',
    add: 'Задать секрет',
    saved: 'Сохранено',
    failed: 'Не сделано',
    columns: { name: 'Секрет', updated: 'Задан', action: 'Удалить' },
    remove: 'Удалить',
    removed: 'Удалено',
    removeTitle: 'Удалить этот секрет?',
    removeText: 'Запуски, которым он нужен, с этого времени будут завершаться ошибкой.',
    empty: 'Секретов пока нет',
    emptyText: 'Задайте секрет здесь или из терминала, нигде его не записывая:',
    emptyWhat: 'Задать секрет',
  },
});

const key = ['workflow-secrets'];

function SecretForm() {
  const t = useText(texts);
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const ready = name.trim() !== '' && value !== '';
  const save = async () => {
    if (!ready) return;
    setFailure(null);
    try {
      await request(paths.secret(name.trim()), { method: 'PUT', json: { value } });
      toast.success(t.saved, { description: name.trim() });
      setName('');
      setValue('');
      await queries.invalidateQueries({ queryKey: key });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Panel title={t.add}>
      <form
        className="secret"
        data-testid="secret-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label={t.name} hint={t.nameHint}>
          {(attributes) => <input className="input input--mono" autoComplete="off" spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} {...attributes} />}
        </Field>
        <Field label={t.value} hint={t.valueHint}>
          {(attributes) => <input className="input input--mono" type="password" autoComplete="new-password" value={value} onChange={(event) => setValue(event.target.value)} {...attributes} />}
        </Field>
        <button type="submit" className="button button--main secret__save" aria-disabled={!ready}>
          {t.save}
        </button>
      </form>
      {failure !== null && <ProblemNote error={failure} testId="secret-failed" />}
    </Panel>
  );
}

/** Names and times; values come out nowhere. */
export default function SecretsPage() {
  const t = useText(texts);
  const format = useFormat();
  const queries = useQueryClient();
  const [removing, setRemoving] = useState<string | null>(null);
  const { data, error } = useQuery({ queryKey: key, queryFn: ({ signal }) => request<{ secrets: SecretInfo[] }>(paths.secrets, { signal }) });
  const remove = async (name: string) => {
    try {
      await request(paths.secret(name), { method: 'DELETE' });
      toast.success(t.removed, { description: name });
    } catch (failure) {
      toast.error(t.failed, { description: messageOf(failure) });
    }
    await queries.invalidateQueries({ queryKey: key });
  };
  const { name, updated, action } = t.columns;
  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint} />
      <SecretForm />
      {error !== null && <ProblemNote error={error} />}
      <section className="panel" aria-label={t.title}>
        {data === undefined ? (
          error === null && <Loading label={t.loading} />
        ) : data.secrets.length === 0 ? (
          <Empty icon={Lock} title={t.empty}>
            <p className="empty__text">{t.emptyText}</p>
            <Curl command={'read -rs SECRET; jq -n --arg value "$SECRET" \'{value: $value}\' |\n  curl -X PUT -H "Content-Type: application/json" -d @- {base}/api/workflow/secrets/API_TOKEN'} what={t.emptyWhat} />
          </Empty>
        ) : (
          <table className="table" data-testid="secrets">
            <thead>
              <tr>
                <th scope="col">{name}</th>
                <th scope="col">{updated}</th>
                <th scope="col">
                  <span className="visually-hidden">{action}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.secrets.map((secret) => (
                <tr key={secret.name}>
                  <th scope="row">
                    <code>{secret.name}</code>
                  </th>
                  <td className="muted">{secret.updatedTime === null ? '–' : format.dateTime(Date.parse(secret.updatedTime))}</td>
                  <td>
                    <div className="actions-row">
                      <button type="button" className="button button--quiet button--icon button--small" aria-label={`${t.remove}: ${secret.name}`} title={t.remove} onClick={() => setRemoving(secret.name)}>
                        <Trash2 size={14} aria-hidden />
                      </button>
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <Confirm open={removing !== null} title={t.removeTitle} text={t.removeText} action={t.remove} onConfirm={() => removing !== null && void remove(removing)} onClose={() => setRemoving(null)} />
    </div>
  );
}
