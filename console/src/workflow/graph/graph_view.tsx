import { lazy, Suspense, useEffect, useRef, useState, type ComponentProps } from 'react';

import { defineText, useText } from '../../text/language.tsx';
import { Loading } from '../../ui/basics.tsx';

const texts = defineText({ en: { loading: 'Drawing the graph' }, ru: { loading: 'Рисуем граф' } });

const FlowGraph = lazy(() => import('./flow_graph.tsx'));

/** A graph in a place of its own size, whose code is fetched now. */
export function GraphView({ className = '', ...graph }: Omit<ComponentProps<typeof FlowGraph>, 'width'> & { className?: string }) {
  const t = useText(texts);
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const resizes = new ResizeObserver(measure);
    resizes.observe(element);
    return () => resizes.disconnect();
  }, []);
  return (
    <div ref={place} className={`graph ${className}`} data-testid="graph">
      {width > 0 && (
        <Suspense fallback={<Loading label={t.loading} />}>
          <FlowGraph {...graph} width={width} />
        </Suspense>
      )}
    </div>
  );
}
