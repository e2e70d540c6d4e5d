import { useState } from 'react';

import { defineText, useText } from '../../text/language.tsx';
import { Field } from '../../ui/basics.tsx';
import type { JsonSchema } from '../types.ts';
import { fieldsOf, initialValues, inputOf, type FieldProblem, type FormField, type FormValues } from './schema.ts';

const texts = defineText({
  en: {
    none: 'This workflow takes no input.',
    json: 'Input as JSON',
    optional: 'optional',
    unset: 'not set',
    problems: { required: 'This is needed.', number: 'This is no number.', integer: 'This must be a whole number.', json: 'This is not JSON.' } as Record<FieldProblem, string>,
  },
  ru: {
    none: 'Этому процессу не нужны входные данные.',
    json: 'Входные данные в JSON',
    optional: 'не обязательно',
    unset: 'не задано',
    problems: { required: 'Это нужно указать.', number: 'Это не число.', integer: 'Нужно целое число.', json: 'Это не JSON.' } as Record<FieldProblem, string>,
  },
});

interface InputFormProps {
  id: string;
  schema: JsonSchema | undefined;
  onSubmit: (input: unknown) => void;
}

function Control({ field, value, onChange, attributes }: { field: FormField; value: string | boolean; onChange: (value: string | boolean) => void; attributes: { id: string } }) {
  const t = useText(texts);
  const name = `input-${field.name}`;
  if (field.kind === 'choice') {
    return (
      <select className="input" name={name} value={String(value)} onChange={(event) => onChange(event.target.value)} {...attributes}>
        {(!field.required || value === '') && <option value="">{t.unset}</option>}
        {(field.schema.enum ?? []).map((each) => (
          <option key={JSON.stringify(each)} value={JSON.stringify(each)}>
            {typeof each === 'string' ? each : JSON.stringify(each)}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === 'json' || field.kind === 'long') {
    return (
      <textarea className={field.kind === 'json' ? 'input input--mono' : 'input'} name={name} spellCheck={false} value={String(value)} onChange={(event) => onChange(event.target.value)} {...attributes} />
    );
  }
  const types: Record<string, string> = { date: 'date', email: 'email', uri: 'url' };
  return (
    <input
      className="input"
      name={name}
      type={field.kind === 'text' ? (types[field.schema.format ?? ''] ?? 'text') : 'text'}
      inputMode={field.kind === 'number' ? 'decimal' : undefined}
      autoComplete="off"
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
      {...attributes}
    />
  );
}

/** A form made of a JSON Schema. It sends nothing itself: a button with `form={id}` submits it. */
export function InputForm({ id, schema, onSubmit }: InputFormProps) {
  const t = useText(texts);
  const fields = fieldsOf(schema);
  const [values, setValues] = useState<FormValues>(() => initialValues(fields ?? []));
  const [text, setText] = useState('{}');
  const [problems, setProblems] = useState<Readonly<Record<string, FieldProblem>>>({});

  const submit = () => {
    if (fields === null) {
      try {
        onSubmit(JSON.parse(text));
        setProblems({});
      } catch {
        setProblems({ '': 'json' });
      }
      return;
    }
    const outcome = inputOf(fields, values);
    setProblems(outcome.problems);
    if (Object.keys(outcome.problems).length === 0) onSubmit(outcome.input);
  };
  const errorOf = (name: string) => (problems[name] === undefined ? null : t.problems[problems[name]]);

  return (
    <form
      id={id}
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {fields === null ? (
        <Field label={t.json} error={errorOf('')}>
          {(attributes) => <textarea className="input input--mono" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} {...attributes} />}
        </Field>
      ) : fields.length === 0 ? (
        <p className="muted">{t.none}</p>
      ) : (
        fields.map((field) => {
          const value = values[field.name] ?? '';
          const change = (next: string | boolean) => setValues({ ...values, [field.name]: next });
          if (field.kind === 'boolean') {
            return (
              <label key={field.name} className="check">
                <input type="checkbox" name={`input-${field.name}`} checked={value === true} onChange={(event) => change(event.target.checked)} />
                <span>
                  {field.label}
                  {field.hint !== '' && <span className="field__hint check__hint">{field.hint}</span>}
                </span>
              </label>
            );
          }
          const label = field.required ? field.label : `${field.label} (${t.optional})`;
          return (
            <Field key={field.name} label={label} error={errorOf(field.name)} {...(field.hint === '' ? {} : { hint: field.hint })}>
              {(attributes) => <Control field={field} value={value} onChange={change} attributes={attributes} />}
            </Field>
          );
        })
      )}
    </form>
  );
}
