import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useLocation, useNavigate, useParams, useSearchParams } from 'react-router';
import { toast } from 'sonner';

import { messageOf, request } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Loading, Note, Panel } from '../../ui/basics.tsx';
import { CircleAlert, CircleCheck, Download, Hourglass, Play } from '../../ui/icons.ts';
import { JsonTree } from '../../ui/json_tree.tsx';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { definitionPage, paths, type DefinitionAnswer, type Example, type Hook, type SavedDefinition, type VersionSummary } from '../api.ts';
import { ExecuteDialog } from '../executions/execute_dialog.tsx';
import { GraphView } from '../graph/graph_view.tsx';
import type { Definition, Problem } from '../types.ts';
import { definitionsKey } from '../use_definitions.ts';
import { DeleteButton } from './delete_button.tsx';
import { Editor } from './editor.tsx';
import { blankSource } from './blank.ts';
import { texts } from './texts.ts';
import { Webhooks } from './webhooks.tsx';
import { sourceType, useValidation } from './use_validation.ts';
import '../workflow.css';
import './definitions.css';

/** The address of a workflow that has no id yet; no id looks like it. */
export const newDefinition = '+new';

/** What has to be read before anything can be edited. An older version is shown as JSON, which is YAML, too. */
function useSource(id: string, version: number | null) {
  const [query] = useSearchParams();
  const { state } = useLocation() as { state: { source?: string } | null };
  const example = query.get('example');
  const isNew = id === newDefinition;
  const stored = useQuery({
    queryKey: ['workflow-source', id, version],
    queryFn: async ({ signal }) => {
      if (version === null) return request<string>(paths.export(id, 'yaml'), { as: 'text', signal });
      const { definition } = await request<DefinitionAnswer>(paths.version(id, version), { signal });
      return `${JSON.stringify(definition, null, 2)}\n`;
    },
    enabled: !isNew,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const examples = useQuery({
    queryKey: ['workflow-examples'],
    queryFn: ({ signal }) => request<{ examples: Example[] }>(paths.examples, { signal }),
    enabled: isNew && example !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!isNew) return { source: stored.data, error: stored.error };
  if (example !== null) return { source: examples.data?.examples.find((each) => each.id === example)?.yaml, error: examples.error };
  return { source: state?.source ?? blankSource, error: null };
}

function Problems({ problems, onGo }: { problems: readonly Problem[]; onGo: (problem: Problem) => void }) {
  const t = useText(texts);
  if (problems.length === 0) return null;
  return (
    <ul className="problems" aria-label={t.problemsList} data-testid="problems">
      {problems.map((problem) => (
        <li key={`${problem.path} ${problem.line} ${problem.message}`}>
          <button type="button" className="problems__item" onClick={() => onGo(problem)}>
            <CircleAlert size={14} aria-hidden />
            <span lang="en">{problem.message}</span>
            <span className="muted nowrap">{t.at(problem.line, problem.column)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Verdict({ checking, problems }: { checking: boolean; problems: readonly Problem[] | undefined }) {
  const t = useText(texts);
  const format = useFormat();
  if (checking || problems === undefined) return <Badge icon={Hourglass}>{t.checking}</Badge>;
  if (problems.length === 0) {
    return (
      <Badge tone="good" icon={CircleCheck}>
        {t.valid}
      </Badge>
    );
  }
  return (
    <Badge tone="bad" icon={CircleAlert}>
      {t.problems(problems.length, format.count(problems.length))}
    </Badge>
  );
}

function Versions({ id, version, newest, onChoose }: { id: string; version: number | null; newest: number; onChoose: (version: number | null) => void }) {
  const t = useText(texts);
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['workflow-versions', id, newest],
    queryFn: ({ signal }) => request<{ versions: VersionSummary[] }>(paths.versions(id), { signal }),
  });
  if (data === undefined || data.versions.length < 2) return null;
  return (
    <select className="input definition__version" aria-label={t.versions} data-testid="versions" value={version ?? newest} onChange={(event) => onChoose(Number(event.target.value) === newest ? null : Number(event.target.value))}>
      {[...data.versions]
        .sort((a, b) => b.version - a.version)
        .map((each) => (
          <option key={each.version} value={each.version}>
            {each.version === newest ? t.current(each.version) : each.version}
            {each.createdTime === null ? '' : ` · ${format.dateTime(Date.parse(each.createdTime))}`}
          </option>
        ))}
    </select>
  );
}

interface WorkshopProps {
  id: string;
  initial: string;
  version: number | null;
  newest: number | null;
}

/** The text and its graph, side by side. */
function Workshop({ id, initial, version, newest }: WorkshopProps) {
  const t = useText(texts);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const isNew = id === newDefinition;
  const [source, setSource] = useState(initial);
  const [target, setTarget] = useState<Problem | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const [executing, setExecuting] = useState(false);
  const [hooks, setHooks] = useState<readonly Hook[]>([]);
  const { checking, validation, error, definition, stale } = useValidation(source);
  const changed = source !== initial || isNew;
  const valid = validation?.valid === true && !checking;
  const node = definition?.nodes.find((each) => each.id === selected);

  const save = async () => {
    if (!valid || saving || definition === undefined) return;
    setSaving(true);
    try {
      const saved = await request<SavedDefinition>(paths.definition(isNew ? definition.id : id), { method: 'PUT', text: { type: sourceType, body: source } });
      toast.success(t.saved(saved.version));
      setHooks(saved.hooks ?? []);
      await queries.invalidateQueries({ queryKey: definitionsKey });
      await queries.invalidateQueries({ queryKey: ['workflow-source', id] });
      if (isNew || version !== null) await navigate(definitionPage(saved.id), { replace: true });
    } catch (failure) {
      toast.error(t.notSaved, { description: messageOf(failure) });
    }
    setSaving(false);
  };

  useEffect(() => {
    if (source === initial) return undefined;
    // Whoever leaves with changes is asked by the browser.
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', onLeave);
    return () => removeEventListener('beforeunload', onLeave);
  }, [source, initial]);

  return (
    <>
      <PageHead title={isNew ? t.newTitle : (definition?.name ?? id)} {...(isNew ? {} : { hint: <code>{id}</code> })}>
        {newest !== null && <Versions id={id} version={version} newest={newest} onChoose={(next) => void navigate(next === null ? definitionPage(id) : `${definitionPage(id)}?version=${next}`)} />}
        {!isNew && (
          <>
            <Link className="button button--quiet" to={`/executions?workflow=${encodeURIComponent(id)}`}>
              {t.executions}
            </Link>
            {version === null && (['yaml', 'json'] as const).map((format) => (
              <a key={format} className="button" href={paths.export(id, format)} download={`${id}.${format}`} aria-label={`${t.export} ${format.toUpperCase()}`} title={t.export}>
                <Download size={14} aria-hidden />
                {format.toUpperCase()}
              </a>
            ))}
            {version === null && <DeleteButton id={id} />}
          </>
        )}
        <button type="button" className={changed ? 'button button--main' : 'button'} data-testid="save" aria-disabled={!valid || !changed || saving} onClick={() => changed && void save()}>
          {t.save}
        </button>
        {!isNew && (
          <button type="button" className={changed ? 'button' : 'button button--main'} data-testid="execute" onClick={() => setExecuting(true)}>
            <Play size={14} aria-hidden />
            {t.execute}
          </button>
        )}
      </PageHead>
      {version !== null && <Note tone="warn">{t.old(version)}</Note>}
      {error !== null && <ProblemNote error={error} />}
      <div className="definition">
        <Panel
          title={t.source}
          flush
          className="definition__source"
          aside={
            <span className="row" role="status" data-testid="verdict">
              {source !== initial && <Badge tone="accent">{t.unsaved}</Badge>}
              <Verdict checking={checking} problems={validation?.problems} />
            </span>
          }
        >
          <Editor label={t.lines} value={source} problems={validation?.problems ?? []} target={target} onChange={setSource} />
          <Problems problems={validation?.problems ?? []} onGo={setTarget} />
        </Panel>
        <Panel title={t.graph} flush className="definition__graph" {...(stale ? { hint: t.stale } : {})}>
          <Drawing definition={definition} selected={selected} onSelect={setSelected} />
          {node !== undefined && (
            <section className="definition__node" aria-label={t.nodeText}>
              <JsonTree text={JSON.stringify(node)} />
            </section>
          )}
        </Panel>
      </div>
      {!isNew && definition !== undefined && <Webhooks id={id} definition={definition} made={hooks} />}
      {!isNew && <ExecuteDialog open={executing} workflowId={id} onClose={() => setExecuting(false)} />}
    </>
  );
}

const noEdges: never[] = [];

function Drawing({ definition, selected, onSelect }: { definition: Definition | undefined; selected: string | null; onSelect: (id: string | null) => void }) {
  const t = useText(texts);
  if (definition === undefined || definition.nodes.length === 0) return <p className="empty muted">{t.noGraph}</p>;
  return <GraphView nodes={definition.nodes} edges={definition.edges ?? noEdges} selected={selected} onSelect={onSelect} />;
}

/** A workflow's definition: its text, its graph, its versions. */
export default function DefinitionPage() {
  const t = useText(texts);
  const { '*': id = '' } = useParams();
  const [query] = useSearchParams();
  const asked = Number(query.get('version') ?? Number.NaN);
  const version = Number.isInteger(asked) ? asked : null;
  const isNew = id === newDefinition;
  const { source, error } = useSource(id, version);
  const { data: stored } = useQuery({
    queryKey: [...definitionsKey, id],
    queryFn: ({ signal }) => request<DefinitionAnswer>(paths.definition(id), { signal }),
    enabled: !isNew,
  });
  return (
    <div className="page">
      {source === undefined ? (
        <>
          <PageHead title={isNew ? t.newTitle : id} />
          {error === null ? <Loading label={t.loading} /> : <ProblemNote error={error} />}
        </>
      ) : (
        <Workshop key={`${id} ${version} ${source}`} id={id} initial={source} version={version} newest={stored?.version ?? null} />
      )}
    </div>
  );
}
