import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { request } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Loading, Panel, SearchBox } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Play, Plus, Upload, Workflow } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { definitionPage, paths, type DefinitionSummary, type Example } from '../api.ts';
import { ExecuteDialog } from '../executions/execute_dialog.tsx';
import { useDefinitions } from '../use_definitions.ts';
import { texts } from './texts.ts';
import '../workflow.css';
import './definitions.css';

const newPage = '/definitions/+new';

function DefinitionsTable({ definitions, onExecute }: { definitions: readonly DefinitionSummary[]; onExecute: (id: string) => void }) {
  const t = useText(texts);
  const format = useFormat();
  const { name, version, nodes, triggers, updated } = t.columns;
  return (
    <div className="table-scroll">
      <table className="table definitions" data-testid="definitions">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col" className="number">
              {version}
            </th>
            <th scope="col" className="number definitions__wide">
              {nodes}
            </th>
            <th scope="col" className="definitions__wide">
              {triggers}
            </th>
            <th scope="col" className="definitions__wide">
              {updated}
            </th>
            <th scope="col">
              <span className="visually-hidden">{t.execute}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {definitions.map((each) => (
            <tr key={each.id}>
              <th scope="row">
                <Link to={definitionPage(each.id)}>{each.name}</Link>
                {each.description && <div className="muted definitions__about">{each.description}</div>}
              </th>
              <td className="number">{each.version}</td>
              <td className="number definitions__wide">{each.nodes}</td>
              <td className="definitions__wide">
                <div className="row">
                  {each.triggers.map((type, i) => (
                    <Badge key={`${type} ${i}`}>{t.triggers[type] ?? type}</Badge>
                  ))}
                </div>
              </td>
              <td className="nowrap muted definitions__wide">{each.updatedTime === null ? '–' : format.dateTime(Date.parse(each.updatedTime))}</td>
              <td>
                <button type="button" className="button button--small" aria-label={`${t.execute}: ${each.name}`} onClick={() => onExecute(each.id)}>
                  <Play size={13} aria-hidden />
                  <span className="definitions__wide">{t.execute}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a document says of itself in one line: `name: Nightly backup`. */
const topLevel = (yaml: string, member: string): string => new RegExp(`^${member}: *["']?(.*?)["']?$`, 'm').exec(yaml)?.[1] ?? '';

function Examples() {
  const t = useText(texts);
  const { data, error } = useQuery({
    queryKey: ['workflow-examples'],
    queryFn: ({ signal }) => request<{ examples: Example[] }>(paths.examples, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined || data.examples.length === 0) return null;
  return (
    <Panel title={t.examples} hint={t.examplesHint}>
      <ul className="examples" data-testid="examples">
        {data.examples.map(({ id, yaml }) => {
          const description = topLevel(yaml, 'description');
          return (
          <li key={id} className="examples__card">
            <Link to={`${newPage}?example=${encodeURIComponent(id)}`}>
              <span lang="en">{topLevel(yaml, 'name') || id}</span>
            </Link>
            {description && (
              <p className="muted" lang="en">
                {description}
              </p>
            )}
          </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** All workflows, and what there is to begin with. */
export default function DefinitionsPage() {
  const t = useText(texts);
  const navigate = useNavigate();
  const { data: definitions, error } = useDefinitions();
  const [search, setSearch] = useState('');
  const [executing, setExecuting] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const text = search.trim().toLowerCase();
  const shown = (definitions ?? []).filter(({ id, name }) => text === '' || `${id} ${name}`.toLowerCase().includes(text));

  const importFile = async (chosen: File | undefined) => {
    if (chosen !== undefined) await navigate(newPage, { state: { source: await chosen.text() } });
  };

  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint}>
        <SearchBox label={t.search} value={search} onChange={(event) => setSearch(event.target.value)} />
        <input ref={file} type="file" hidden accept=".yaml,.yml,.json,application/json,application/yaml" aria-label={t.importLabel} data-testid="import-file" onChange={(event) => void importFile(event.target.files?.[0])} />
        <button type="button" className="button" onClick={() => file.current?.click()}>
          <Upload size={14} aria-hidden />
          {t.importFile}
        </button>
        <Link className="button button--main" to={newPage} data-testid="new-definition">
          <Plus size={14} aria-hidden />
          {t.create}
        </Link>
      </PageHead>
      {error !== null && <ProblemNote error={error} />}
      <section className="panel" aria-label={t.title}>
        {definitions === undefined ? (
          error === null && <Loading label={t.loading} />
        ) : definitions.length === 0 ? (
          <Empty icon={Workflow} title={t.empty}>
            <p className="empty__text">{t.emptyText}</p>
            <Curl command={'curl -X PUT -H "Content-Type: application/yaml" --data-binary @hello.yaml {base}/api/workflow/definitions/hello'} what={t.emptyWhat} />
          </Empty>
        ) : shown.length === 0 ? (
          <p className="empty muted">{t.nothing}</p>
        ) : (
          <DefinitionsTable definitions={shown} onExecute={setExecuting} />
        )}
      </section>
      <Examples />
      <ExecuteDialog key={executing} open={executing !== null} onClose={() => setExecuting(null)} {...(executing === null ? {} : { workflowId: executing })} />
    </div>
  );
}
