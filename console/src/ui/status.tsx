// A status: by icon, colour and word, never by the colour alone.

import type { LucideIcon } from 'lucide-react';

import { useFormat } from '../text/language.tsx';
import '../styles/status.css';

/** For a place where the word stands beside it. */
export function StatusMark({ status, icon: Icon, size = 14 }: { status: string; icon: LucideIcon; size?: number | undefined }) {
  return <Icon className={`status-icon status--${status}`} size={size} aria-hidden />;
}

export function StatusLabel({ status, icon: Icon, label, testId }: { status: string; icon: LucideIcon; label: string; testId?: string | undefined }) {
  return (
    <span className={`badge status status--${status}`} data-status={status} data-testid={testId}>
      <Icon className="status-icon" size={12} aria-hidden />
      {label}
    </span>
  );
}

interface StatusFilterProps<Status extends string> {
  label: string;
  total: { label: string; count: number };
  statuses: readonly { status: Status; label: string; icon: LucideIcon; count: number }[];
  chosen: Status | '';
  onChoose: (status: Status | '') => void;
}

/** How many there are of each; each is the filter to see them. */
export function StatusFilter<Status extends string>({ label, total, statuses, chosen, onChoose }: StatusFilterProps<Status>) {
  const format = useFormat();
  return (
    <div className="stats" role="group" aria-label={label} data-testid="stats">
      <button type="button" className="stat" aria-pressed={chosen === ''} onClick={() => onChoose('')}>
        <b data-testid="stat-total">{format.count(total.count)}</b>
        {total.label}
      </button>
      {statuses.map(({ status, label: word, icon, count }) => (
        <button key={status} type="button" className={`stat status--${status}`} aria-pressed={chosen === status} onClick={() => onChoose(chosen === status ? '' : status)}>
          <b data-testid={`stat-${status}`}>{format.count(count)}</b>
          <StatusMark status={status} icon={icon} size={13} />
          {word}
        </button>
      ))}
    </div>
  );
}
