import { useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { toast } from 'sonner';

import { useText } from '../../text/language.tsx';
import { Field, Loading } from '../../ui/basics.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Play } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { execute, executionPage, newKey } from '../api.ts';
import { InputForm } from '../form/schema_form.tsx';
import { useDefinition, useDefinitions } from '../use_definitions.ts';
import { texts } from './texts.ts';

interface ExecuteDialogProps {
  open: boolean;
  /** The workflow, where it is settled which; otherwise it is asked for. */
  workflowId?: string;
  onClose: () => void;
}

function Choice({ workflowId, onChoose }: { workflowId: string; onChoose: (id: string) => void }) {
  const t = useText(texts);
  const { data: definitions, error } = useDefinitions();
  if (error !== null) return <ProblemNote error={error} />;
  if (definitions === undefined) return <Loading label={t.loading} />;
  if (definitions.length === 0) {
    return (
      <p>
        {t.noDefinitions} <Link to="/definitions">{t.write}</Link>
      </p>
    );
  }
  return (
    <Field label={t.choose}>
      {(attributes) => (
        <select className="input" data-testid="execute-workflow" data-autofocus value={workflowId} onChange={(event) => onChoose(event.target.value)} {...attributes}>
          <option value="" />
          {definitions.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Content({ workflowId: settled, onClose }: Omit<ExecuteDialogProps, 'open'>) {
  const t = useText(texts);
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(settled ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  // The same input of the same workflow has the same key: a request whose answer was lost starts nothing twice.
  const last = useRef({ request: '', key: '' });
  const { data: definition, error } = useDefinition(chosen === '' ? null : chosen);

  const start = async (input: unknown) => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    const asked = JSON.stringify([chosen, input]);
    if (last.current.request !== asked) last.current = { request: asked, key: newKey() };
    try {
      const { executionId } = await execute(chosen, input, last.current.key);
      toast.success(t.started, { description: definition?.name ?? chosen });
      onClose();
      await navigate(executionPage(executionId));
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };

  return (
    <div className="dialog__body" data-testid="execute-dialog">
      <h2>{settled === undefined ? t.dialog : (definition?.name ?? t.dialog)}</h2>
      {settled === undefined && (
        <Choice
          workflowId={chosen}
          onChoose={(id) => {
            setChosen(id);
            setFailure(null);
          }}
        />
      )}
      {definition?.description && <p className="dialog__text">{definition.description}</p>}
      {error !== null && <ProblemNote error={error} />}
      {definition !== undefined && (
        <InputForm
          key={chosen}
          id="execute-input"
          schema={definition.input}
          onSubmit={(input) => void start(input)}
        />
      )}
      {failure !== null && <ProblemNote error={failure} testId="execute-failed" />}
      <div className="row row--end">
        <button type="button" className="button" onClick={onClose}>
          {t.cancel}
        </button>
        <button type="submit" form="execute-input" className="button button--main" data-testid="execute-start" aria-disabled={busy || definition === undefined}>
          <Play size={14} aria-hidden />
          {t.start}
        </button>
      </div>
    </div>
  );
}

/** Chooses a workflow, asks for its input, starts it, and goes to its page. */
export function ExecuteDialog({ open, onClose, workflowId }: ExecuteDialogProps) {
  const t = useText(texts);
  return (
    <Dialog open={open} label={t.dialog} onClose={onClose}>
      <Content onClose={onClose} {...(workflowId === undefined ? {} : { workflowId })} />
    </Dialog>
  );
}
