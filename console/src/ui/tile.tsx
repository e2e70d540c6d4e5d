import { Sparkline } from './sparkline.tsx';

interface TileProps {
  title: string;
  value: string;
  detail?: string;
  series?: readonly (readonly (number | null)[])[];
  slots?: number;
  top?: number;
  testId?: string;
}

/** A figure with its course. */
export function Tile({ title, value, detail = ' ', series = [], slots = 60, top = 1, testId }: TileProps) {
  return (
    <article className="tile" data-testid={testId}>
      <h2 className="tile__title">{title}</h2>
      <p className="tile__value">{value}</p>
      <p className="tile__detail">{detail}</p>
      <Sparkline series={series} slots={slots} top={top} />
    </article>
  );
}
