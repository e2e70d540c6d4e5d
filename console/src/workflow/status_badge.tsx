import { useText } from '../text/language.tsx';
import { statusIcons, statusTexts, type Status } from './statuses.ts';
import './workflow.css';

export function StatusIcon({ status, size = 14 }: { status: Status; size?: number }) {
  const Icon = statusIcons[status];
  return <Icon className={`status-icon status--${status}`} size={size} aria-hidden />;
}

export function StatusBadge({ status, testId }: { status: Status; testId?: string }) {
  const t = useText(statusTexts);
  const Icon = statusIcons[status];
  return (
    <span className={`badge status status--${status}`} data-status={status} data-testid={testId}>
      <Icon className="status-icon" size={12} aria-hidden />
      {t[status]}
    </span>
  );
}
