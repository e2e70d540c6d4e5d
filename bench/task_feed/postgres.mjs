// usage: node bench/task_feed/postgres.mjs [--watchers 100] [--seconds 5]
//
// The polls of weir_bench_polls (what they are is said there) in PostgreSQL: the same tables, indexes and rows, each poll
// repeated for so many seconds over one connection, statements prepared. PostgreSQL makes each row's JSON (row_to_json), a
// server would only put them together. A share of a core is of PostgreSQL's processes alone; the times, from pgbench's log,
// are those of who asks. And the time of one change, an UPDATE in a commit of its own. One line of JSON, in which `missing`
// says why there are no figures where there is no PostgreSQL.
import { parseArgs } from 'node:util';

import { withCluster } from './postgres_cluster.mjs';

const { values } = parseArgs({ options: { watchers: { type: 'string', default: '100' }, seconds: { type: 'string', default: '5' } } });
const [watchers, seconds] = [values.watchers, values.seconds].map(Number);

const active = 12;
const ended = 30;
const tables = `
CREATE TABLE tasks (id text PRIMARY KEY, owner text, product_name text, status text, progress double precision, current_stage text,
  error_message text, product_id text, created_at bigint, updated_at bigint);
CREATE INDEX tasks_of ON tasks (owner, status, created_at);
CREATE TABLE products (id text PRIMARY KEY, name text, status text, generated_name text, seo_description text, price double precision,
  discount_price double precision, cost_price double precision, stock integer, dimensions text, ai_characteristics text, subcategory_id integer);
CREATE TABLE subcategories (id integer PRIMARY KEY, name text);
CREATE TABLE characteristics (id integer PRIMARY KEY, subcategory_id integer, name text, kind text, sort_order integer);
CREATE INDEX characteristics_of ON characteristics (subcategory_id, sort_order);
INSERT INTO subcategories VALUES (1, 'Furniture');
INSERT INTO characteristics SELECT n, 1, 'Characteristic ' || n, 'text', n FROM generate_series(0, 5) n;
INSERT INTO products SELECT 'p' || n, 'Product ' || n, 'draft', 'Name ' || n, repeat('s', 300), 19.9, NULL, 9.9, 7, '45x50x90 cm', repeat('c', 200), 1
  FROM generate_series(0, ${active + ended - 1}) n;
INSERT INTO tasks SELECT 'task' || n, 'demo', 'Product ' || n, CASE WHEN n < ${ended} THEN 'completed' ELSE 'processing' END, 40, 'describe', NULL,
  'p' || n, 1700000000000 + n, 1700000001000 + n FROM generate_series(0, ${active + ended - 1}) n;
ANALYZE`;

const asJson = (query) => `SELECT row_to_json(r) FROM (${query}) r;\n`;
const all = asJson(`SELECT t.*, p.*, s.* FROM tasks t JOIN products p ON p.id = t.product_id
  JOIN subcategories s ON s.id = p.subcategory_id WHERE t.owner = 'demo' ORDER BY t.created_at DESC`);
const characteristicsOf = (subcategory) => asJson(`SELECT * FROM characteristics WHERE subcategory_id = ${subcategory} ORDER BY sort_order`);
const cards = (which) => asJson(`SELECT t.id, t.product_name, t.status, t.progress, t.current_stage, t.error_message, t.product_id,
  t.created_at, p.id, p.name, p.status, p.generated_name, p.subcategory_id
  FROM tasks t JOIN products p ON p.id = t.product_id WHERE t.owner = 'demo' AND t.status ${which}`);
const newest = cards("IN ('pending', 'processing') ORDER BY t.created_at DESC LIMIT 10");
const last = cards("IN ('completed', 'failed') ORDER BY t.updated_at DESC LIMIT 5");
const change = `\\set n random(${ended}, ${active + ended - 1})
\\set stage random(0, 99)
UPDATE tasks SET current_stage = 'stage ' || :stage, updated_at = updated_at + 1 WHERE id = 'task' || :n;\n`;

/** A poll: its queries, and the JSON that comes of them. */
function before(cluster) {
  const rows = cluster.query(all);
  const queries = rows.map((row) => characteristicsOf(JSON.parse(row).subcategory_id));
  const answers = new Map([...new Set(queries)].map((query) => [query, cluster.query(query).join(',')]));
  const items = rows.map((row, i) => `${row.slice(0, -1)},"characteristics":[${answers.get(queries[i])}]}`);
  return { queries: [all, ...queries], json: `[${items.join(',')}]` };
}
function after(cluster) {
  const json = `{"activeTasks":[${cluster.query(newest).join(',')}],"completedTasks":[${cluster.query(last).join(',')}]}`;
  return { queries: [newest, last], json };
}

function times(name, all) {
  all.sort((a, b) => a - b);
  const quantile = (share) => all[Math.min(all.length - 1, Math.floor(share * all.length))];
  return { [`${name}_p50_ms`]: quantile(0.5), [`${name}_p99_ms`]: quantile(0.99) };
}

function measure(cluster, name, everySeconds, { queries, json }) {
  const cpu = cluster.cpuSeconds();
  const polls = cluster.repeat(name, queries.join(''), seconds);
  const cpuEach = (cluster.cpuSeconds() - cpu) / polls.length;
  const bytes = Buffer.byteLength(json);
  const pollsPerSecond = watchers / everySeconds;
  return {
    [`${name}_bytes`]: bytes, [`${name}_queries`]: queries.length, ...times(name, polls),
    [`${name}_queries_per_second`]: pollsPerSecond * queries.length, [`${name}_bytes_per_second`]: pollsPerSecond * bytes,
    [`${name}_cores`]: pollsPerSecond * cpuEach,
  };
}

const figures = await withCluster((cluster) => {
  cluster.query(tables);
  return {
    watchers, ...measure(cluster, 'before', 2, before(cluster)), ...measure(cluster, 'after', 5, after(cluster)),
    ...times('change', cluster.repeat('change', change, seconds)),
  };
}).catch((error) => ({ faults: 1, first_fault: String(error.stderr || error.message) }));
console.log(JSON.stringify({ scenario: 'postgres', ...figures }));
process.exit(figures.faults > 0 ? 1 : 0);
