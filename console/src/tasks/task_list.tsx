import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { TaskStatus } from 'weir-client/tasks';

import { useFormat, useText } from '../text/language.tsx';
import { Loading } from '../ui/basics.tsx';
import { ProblemNote } from '../ui/problem_note.tsx';
import { useKeptFocus } from '../ui/use_kept_focus.ts';
import { readPage } from './api.ts';
import { percentOf } from './progress_bar.tsx';
import { TaskStatusBadge } from './status_badge.tsx';
import { activeStatuses, endedStatuses, statusTexts, taskStatuses } from './statuses.ts';
import { texts } from './texts.ts';
import { useReread } from './use_reread.ts';

/** What the list is limited to; nothing: all that have ended. */
export type ListFilter = TaskStatus | 'active' | '';

const statusesOf = (filter: ListFilter): readonly TaskStatus[] => (filter === '' ? endedStatuses : filter === 'active' ? activeStatuses : [filter]);

export const listFilterOf = (text: string | null): ListFilter => (text === 'active' ? text : (taskStatuses.find((each) => each === text) ?? ''));

interface TaskListProps {
  owner: string;
  filter: ListFilter;
  onFilter: (filter: ListFilter) => void;
  /** Another value when something of the owner's tasks has changed: what was read is read again. */
  version: number;
  onDetails: (id: string) => void;
}

/** All tasks that are kept, a page at a time. */
export function TaskList({ owner, filter, onFilter, version, onDetails }: TaskListProps) {
  const t = useText(texts);
  const words = useText(statusTexts);
  const format = useFormat();
  const keptFocus = useKeptFocus<HTMLElement>();
  const queryKey = useMemo(() => ['task-list', owner, filter], [owner, filter]);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage(owner, statusesOf(filter), pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextBefore }) => nextBefore,
  });
  useReread(queryKey, version, isFetchingNextPage);

  const tasks = data?.pages.flatMap((page) => page.tasks) ?? [];
  const { task, status, progress, made, changed } = t.columns;
  return (
    <section {...keptFocus} className="panel" aria-label={t.list}>
      <div className="filters task-list__filters">
        <select className="input" aria-label={t.filter} value={filter} data-testid="list-filter" onChange={(event) => onFilter(listFilterOf(event.target.value))}>
          <option value="">{t.filterEnded}</option>
          <option value="active">{t.filterActive}</option>
          {taskStatuses.map((each) => (
            <option key={each} value={each}>
              {words[each]}
            </option>
          ))}
        </select>
      </div>
      {error !== null && <ProblemNote error={error} />}
      {data === undefined ? (
        error === null && <Loading label={t.loading} />
      ) : tasks.length === 0 ? (
        <p className="empty muted">{t.none}</p>
      ) : (
        <div className="table-scroll">
          <table className="table task-list" data-testid="task-list">
            <thead>
              <tr>
                <th scope="col">{task}</th>
                <th scope="col">{status}</th>
                <th scope="col" className="number">
                  {progress}
                </th>
                <th scope="col">{made}</th>
                <th scope="col">{changed}</th>
              </tr>
            </thead>
            <tbody>
              {tasks.map((each) => (
                <tr key={each.id} data-id={each.id} data-status={each.status}>
                  <th scope="row">
                    <button type="button" className="link" onClick={() => onDetails(each.id)}>
                      {each.productName}
                    </button>
                    {each.errorMessage && <p className="clip muted mono">{each.errorMessage}</p>}
                  </th>
                  <td>
                    <TaskStatusBadge status={each.status} />
                  </td>
                  <td className="number">{percentOf(each.progress)} %</td>
                  <td className="muted nowrap">{format.dateTime(each.createdAt)}</td>
                  <td className="muted nowrap">{format.dateTime(each.updatedAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tasks.length > 0 && (
        <div className="task-list__more">
          {hasNextPage ? (
            <button type="button" className="button" aria-disabled={isFetchingNextPage} onClick={() => !isFetchingNextPage && void fetchNextPage()} data-testid="older">
              {t.older}
            </button>
          ) : (
            <p className="muted">{t.end}</p>
          )}
        </div>
      )}
    </section>
  );
}
