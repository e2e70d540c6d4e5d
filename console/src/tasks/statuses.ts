// What each state of a task is called and looks like.

import type { LucideIcon } from 'lucide-react';
import type { TaskStatus } from 'weir-client/tasks';

import { defineText } from '../text/language.tsx';
import { Ban, CircleCheck, CircleDashed, CircleX, LoaderCircle, TriangleAlert } from '../ui/icons.ts';

export const activeStatuses = ['pending', 'processing', 'stalled'] as const satisfies readonly TaskStatus[];
export const endedStatuses = ['completed', 'failed', 'cancelled'] as const satisfies readonly TaskStatus[];
export const taskStatuses: readonly TaskStatus[] = [...activeStatuses, ...endedStatuses];

export const statusIcons: Record<TaskStatus, LucideIcon> = {
  pending: CircleDashed,
  processing: LoaderCircle,
  stalled: TriangleAlert,
  completed: CircleCheck,
  failed: CircleX,
  cancelled: Ban,
};

export const statusTexts = defineText<Record<TaskStatus, string>>({
  en: { pending: 'pending', processing: 'processing', stalled: 'stalled', completed: 'completed', failed: 'failed', cancelled: 'cancelled' },
  ru: { pending: 'ожидает', processing: 'выполняется', stalled: 'замерла', completed: 'готово', failed: 'ошибка', cancelled: 'отменена' },
});
