import type { TaskStatus } from 'weir-client/tasks';

import { useText } from '../text/language.tsx';
import { StatusLabel } from '../ui/status.tsx';
import { statusIcons, statusTexts } from './statuses.ts';

export function TaskStatusBadge({ status, testId }: { status: TaskStatus; testId?: string }) {
  const t = useText(statusTexts);
  return <StatusLabel status={status} icon={statusIcons[status]} label={t[status]} testId={testId} />;
}
