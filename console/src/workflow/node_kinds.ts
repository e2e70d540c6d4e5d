import type { LucideIcon } from 'lucide-react';

import { defineText } from '../text/language.tsx';
import { Bell, Box, Code, GitBranch, GitFork, Globe, ListChecks, Megaphone, Repeat, Stamp, Terminal, Timer, Workflow } from '../ui/icons.ts';

export const kindIcons: Partial<Record<string, LucideIcon>> = {
  shell: Terminal,
  http: Globe,
  delay: Timer,
  script: Code,
  branch: GitBranch,
  parallel: GitFork,
  foreach: Repeat,
  workflow: Workflow,
  approval: Stamp,
  notify: Bell,
  task: ListChecks,
  publish: Megaphone,
};

export const kindIcon = (kind: string): LucideIcon => kindIcons[kind] ?? Box;

/** What a node does, for who reads the graph; the kind's own name is the definition's. */
export const kindTexts = defineText<Partial<Record<string, string>>>({
  en: {
    shell: 'command',
    http: 'HTTP request',
    delay: 'delay',
    script: 'script',
    branch: 'branch',
    parallel: 'in parallel',
    foreach: 'for each',
    workflow: 'workflow',
    approval: 'approval',
    notify: 'notification',
    task: 'task card',
    publish: 'event',
  },
  ru: {
    shell: 'команда',
    http: 'запрос HTTP',
    delay: 'пауза',
    script: 'скрипт',
    branch: 'развилка',
    parallel: 'параллельно',
    foreach: 'для каждого',
    workflow: 'процесс',
    approval: 'согласование',
    notify: 'уведомление',
    task: 'карточка задачи',
    publish: 'событие',
  },
});
