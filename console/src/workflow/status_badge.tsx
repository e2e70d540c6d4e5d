import { useText } from '../text/language.tsx';
import { StatusLabel, StatusMark } from '../ui/status.tsx';
import { statusIcons, statusTexts, type Status } from './statuses.ts';
import './workflow.css';

export function StatusIcon({ status, size }: { status: Status; size?: number }) {
  return <StatusMark status={status} icon={statusIcons[status]} size={size} />;
}

export function StatusBadge({ status, testId }: { status: Status; testId?: string }) {
  const t = useText(statusTexts);
  return <StatusLabel status={status} icon={statusIcons[status]} label={t[status]} testId={testId} />;
}
