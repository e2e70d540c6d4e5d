import { useEffect, type ReactNode } from 'react';

interface PageHeadProps {
  title: string;
  hint?: ReactNode;
  children?: ReactNode;
}

/** A page's title, also the browser's; actions stand beside it. */
export function PageHead({ title, hint, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Weir`;
  }, [title]);
  return (
    <header className="page-head">
      <div className="grow">
        <h1>{title}</h1>
        {hint !== undefined && <p className="muted">{hint}</p>}
      </div>
      {children !== undefined && <div className="row">{children}</div>}
    </header>
  );
}
