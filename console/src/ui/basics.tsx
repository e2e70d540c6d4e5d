// The small pieces that every page is made of.

import type { LucideIcon } from 'lucide-react';
import { useId, type ComponentProps, type ReactNode } from 'react';

import { CircleAlert, CircleCheck, Info, Search, TriangleAlert } from './icons.ts';

interface PanelProps {
  title: string;
  hint?: ReactNode;
  aside?: ReactNode;
  /** Without padding, for tables and lists that go to the border. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, hint, aside, flush = false, className = '', children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel__head">
        <h2 id={id}>{title}</h2>
        {hint !== undefined && <p className="panel__hint">{hint}</p>}
        {aside !== undefined && <div className="panel__aside row">{aside}</div>}
      </header>
      <div className={flush ? 'panel__body panel__body--flush' : 'panel__body'}>{children}</div>
    </section>
  );
}

type Tone = 'good' | 'warn' | 'bad' | 'info' | 'accent' | 'plain';

export function Badge({ tone = 'plain', icon: Icon, children }: { tone?: Tone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span className={tone === 'plain' ? 'badge' : `badge badge--${tone}`}>
      {Icon && <Icon size={12} aria-hidden />}
      {children}
    </span>
  );
}

const noteIcons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert, plain: Info };

/** A sentence that stands out; read aloud when it appears. */
export function Note({ tone = 'plain', children, testId }: { tone?: keyof typeof noteIcons; children: ReactNode; testId?: string }) {
  const Icon = noteIcons[tone];
  return (
    <div className={tone === 'plain' ? 'note' : `note note--${tone}`} role="status" data-testid={testId}>
      <Icon size={15} aria-hidden />
      <div className="grow">{children}</div>
    </div>
  );
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  className?: string;
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode;
}

/** A label with its control, which `children` makes with the attributes given. */
export function Field({ label, hint, error = null, className = '', children }: FieldProps) {
  const id = useId();
  const about = error !== null || hint !== undefined;
  return (
    <div className={`field ${className}`}>
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      {children({ id, ...(about ? { 'aria-describedby': `${id}-about` } : {}), ...(error === null ? {} : { 'aria-invalid': true }) })}
      {about && (
        <p id={`${id}-about`} className={error === null ? 'field__hint' : 'field__error'}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

export function SearchBox({ label, ...input }: { label: string } & ComponentProps<'input'>) {
  return (
    <div className="search">
      <Search size={14} aria-hidden />
      <input className="input" type="search" aria-label={label} placeholder={label} spellCheck={false} autoComplete="off" {...input} />
    </div>
  );
}

export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="empty" data-testid="empty">
      <Icon size={28} aria-hidden />
      <p className="empty__title">{title}</p>
      {children}
    </div>
  );
}

export function Loading({ label }: { label: string }) {
  return (
    <div className="empty" role="status">
      <span className="spinner" aria-hidden />
      <span className="visually-hidden">{label}</span>
    </div>
  );
}
