// A status in icon, colour and word. The colour is never alone.

import type { LucideIcon } from 'lucide-react';

import { defineText } from '../text/language.tsx';
import { Ban, CircleCheck, CircleDashed, CirclePause, CircleX, Hourglass, LoaderCircle, OctagonX, RotateCw, SkipForward } from '../ui/icons.ts';
import type { ExecutionStatus, NodeStatus } from './types.ts';

export type Status = ExecutionStatus | NodeStatus;

export const statusIcons: Record<Status, LucideIcon> = {
  pending: CircleDashed,
  queued: Hourglass,
  running: LoaderCircle,
  retrying: RotateCw,
  waiting: CirclePause,
  cancelling: OctagonX,
  completed: CircleCheck,
  failed: CircleX,
  skipped: SkipForward,
  cancelled: Ban,
};

export const statusTexts = defineText<Record<Status, string>>({
  en: {
    pending: 'pending',
    queued: 'queued',
    running: 'running',
    retrying: 'retrying',
    waiting: 'waiting',
    cancelling: 'cancelling',
    completed: 'completed',
    failed: 'failed',
    skipped: 'skipped',
    cancelled: 'cancelled',
  },
  ru: {
    pending: 'ожидает',
    queued: 'в очереди',
    running: 'выполняется',
    retrying: 'повторяется',
    waiting: 'ждёт',
    cancelling: 'отменяется',
    completed: 'завершён',
    failed: 'ошибка',
    skipped: 'пропущен',
    cancelled: 'отменён',
  },
});
