import { useState } from 'react';
import { toast } from 'sonner';

import { messageOf } from '../../api/http.ts';
import { useText } from '../../text/language.tsx';
import { Field } from '../../ui/basics.tsx';
import { ThumbsDown, ThumbsUp } from '../../ui/icons.ts';
import { decide, type Decision } from '../api.ts';
import { texts } from './texts.ts';

/** Yes or no, and why. */
export function DecisionForm({ executionId, nodeId, onDecided }: { executionId: string; nodeId: string; onDecided?: () => void }) {
  const t = useText(texts);
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (decision: Decision) => {
    if (busy) return;
    setBusy(true);
    try {
      await decide(executionId, nodeId, decision, comment);
      toast.success(t.decided[decision]);
      onDecided?.();
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
    setBusy(false);
  };
  return (
    <form className="decision" data-testid="decision" onSubmit={(event) => event.preventDefault()}>
      <Field label={t.comment} hint={t.commentHint}>
        {(attributes) => <input className="input" autoComplete="off" value={comment} onChange={(event) => setComment(event.target.value)} {...attributes} />}
      </Field>
      <div className="row">
        <button type="button" className="button button--main" data-testid="approve" aria-disabled={busy} onClick={() => void send('approve')}>
          <ThumbsUp size={14} aria-hidden />
          {t.approve}
        </button>
        <button type="button" className="button button--danger" data-testid="reject" aria-disabled={busy} onClick={() => void send('reject')}>
          <ThumbsDown size={14} aria-hidden />
          {t.reject}
        </button>
      </div>
    </form>
  );
}
