// An input's JSON Schema as a form: which fields there are, what they begin with, and what a person typed as a value. The server validates;
// here only what no value can be made of is refused.

import type { JsonSchema } from '../types.ts';

export type FieldKind = 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'json';

export interface FormField {
  name: string;
  label: string;
  hint: string;
  kind: FieldKind;
  required: boolean;
  schema: JsonSchema;
}

/** What stands in a field: text, or a mark. */
export type FormValues = Readonly<Record<string, string | boolean>>;

const typeOf = ({ type, properties, items }: JsonSchema): string => {
  if (typeof type === 'string') return type;
  if (type !== undefined) return type.find((each) => each !== 'null') ?? 'null';
  return properties !== undefined ? 'object' : items !== undefined ? 'array' : '';
};

function kindOf(schema: JsonSchema): FieldKind {
  if (schema.enum !== undefined) return 'choice';
  switch (typeOf(schema)) {
    case 'string':
      return (schema.maxLength ?? 0) > 200 ? 'long' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'json';
  }
}

/** The fields of an object's schema; null where a form cannot show it, and JSON has to be typed. */
export function fieldsOf(schema: JsonSchema | undefined): FormField[] | null {
  if (schema === undefined) return [];
  if (schema.properties === undefined) return Object.keys(schema).length === 0 ? [] : null;
  return Object.entries(schema.properties).map(([name, each]) => ({
    name,
    label: each.title ?? name,
    hint: each.description ?? '',
    kind: kindOf(each),
    required: schema.required?.includes(name) ?? false,
    schema: each,
  }));
}

export function initialValues(fields: readonly FormField[]): FormValues {
  return Object.fromEntries(
    fields.map(({ name, kind, schema: { default: value } }) => {
      if (kind === 'boolean') return [name, value === true];
      if (value === undefined) return [name, ''];
      return [name, typeof value === 'string' && kind !== 'choice' && kind !== 'json' ? value : JSON.stringify(value)];
    }),
  );
}

export type FieldProblem = 'required' | 'number' | 'integer' | 'json';

export interface FormOutcome {
  input: Record<string, unknown>;
  problems: Readonly<Record<string, FieldProblem>>;
}

function valueOf({ kind, schema }: FormField, text: string): { value: unknown } | { problem: FieldProblem } {
  if (kind === 'text' || kind === 'long') return { value: text };
  if (kind === 'number') {
    const value = Number(text.replace(',', '.'));
    if (!Number.isFinite(value)) return { problem: 'number' };
    return typeOf(schema) === 'integer' && !Number.isInteger(value) ? { problem: 'integer' } : { value };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: 'json' };
  }
}

/** The input that the fields say. What is empty is left out, so that the workflow's own default counts. */
export function inputOf(fields: readonly FormField[], values: FormValues): FormOutcome {
  const input: Record<string, unknown> = {};
  const problems: Record<string, FieldProblem> = {};
  for (const field of fields) {
    const typed = values[field.name] ?? '';
    if (typeof typed === 'boolean') {
      if (typed || field.required || field.schema.default !== undefined) input[field.name] = typed;
      continue;
    }
    if (typed.trim() === '') {
      if (field.required) problems[field.name] = 'required';
      continue;
    }
    const outcome = valueOf(field, typed);
    if ('problem' in outcome) problems[field.name] = outcome.problem;
    else input[field.name] = outcome.value;
  }
  return { input, problems };
}
