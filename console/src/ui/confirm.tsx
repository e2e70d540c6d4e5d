import { defineText, useText } from '../text/language.tsx';
import { Dialog } from './dialog.tsx';

const texts = defineText({ en: { back: 'Back' }, ru: { back: 'Назад' } });

interface ConfirmProps {
  open: boolean;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once more. The way out is called alike wherever something is asked, and by another word than what is done. */
export function Confirm({ open, title, text, action, onConfirm, onClose }: ConfirmProps) {
  const t = useText(texts);
  return (
    <Dialog open={open} label={title} onClose={onClose}>
      <div className="dialog__body">
        <div>
          <h2>{title}</h2>
          <p className="dialog__text">{text}</p>
        </div>
        <div className="row row--end">
          <button type="button" className="button" onClick={onClose}>
            {t.back}
          </button>
          <button
            type="button"
            className="button button--danger"
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {action}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
