// Rows of texts as an aligned table or as Markdown.
export function table(columns, rows, markdown) {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) => {
    const cells = row.map((cell, i) => cell.padEnd(widths[i]));
    return markdown ? `| ${cells.join(' | ')} |` : cells.join('  ').trimEnd();
  };
  const rule = widths.map((width) => '-'.repeat(width));
  const separator = markdown ? `|${rule.map((dashes) => `-${dashes}-`).join('|')}|` : rule.join('  ');
  return [line(columns), separator, ...rows.map(line)].join('\n');
}

// A number with three significant digits, large ones with separators.
export function number(value, unit = '') {
  if (!Number.isFinite(value)) return '–';
  const rounded = Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
  return unit ? `${rounded} ${unit}` : rounded;
}
