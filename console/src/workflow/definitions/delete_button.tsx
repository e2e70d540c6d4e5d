import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { toast } from 'sonner';

import { messageOf, request } from '../../api/http.ts';
import { useText } from '../../text/language.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Trash2 } from '../../ui/icons.ts';
import { paths } from '../api.ts';
import { definitionsKey } from '../use_definitions.ts';
import { texts } from './texts.ts';

/** Ends a workflow: nothing begins it any more, and what it has begun goes on. */
export function DeleteButton({ id }: { id: string }) {
  const t = useText(texts);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);

  const remove = async () => {
    try {
      await request(paths.definition(id), { method: 'DELETE' });
      toast.success(t.deleted(id));
      await navigate('/definitions', { replace: true });
      queries.removeQueries({ queryKey: ['workflow-source', id] });
      queries.removeQueries({ queryKey: [...definitionsKey, id] });
      await queries.invalidateQueries({ queryKey: definitionsKey });
    } catch (failure) {
      toast.error(t.failed, { description: messageOf(failure) });
    }
  };

  return (
    <>
      <button type="button" className="button button--quiet" data-testid="delete" onClick={() => setAsking(true)}>
        <Trash2 size={14} aria-hidden />
        {t.delete}
      </button>
      <Confirm open={asking} title={t.deleteTitle(id)} text={t.deleteText} action={t.delete} onConfirm={() => void remove()} onClose={() => setAsking(false)} />
    </>
  );
}
