import { useEffect, useRef, type ReactNode } from 'react';

interface DialogProps {
  open: boolean;
  label: string;
  className?: string;
  onClose: () => void;
  children: ReactNode;
}

/**
 * The browser's own modal dialog: it holds the focus, gives it back, closes on Escape, and needs no inline style. The focus goes to what
 * has `data-autofocus`, else to its first control.
 */
export function Dialog({ open, label, className = '', onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    if (open && !element.open) {
      element.showModal();
      element.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    }
    if (!open && element.open) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-label={label}
      onClose={onClose}
      // The backdrop belongs to the dialog, so a click beside the content is one on the element itself.
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {open && children}
    </dialog>
  );
}
