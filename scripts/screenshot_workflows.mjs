// Workflows for the pictures: one that is worth a look, some runs of it that are over, one that is under way and one that waits.

const release = {
  id: 'release',
  name: 'Release the site',
  description: 'Builds it, tests it in three browsers, asks the team, and deploys it.',
  input: {
    type: 'object',
    properties: {
      branch: { type: 'string', title: 'Branch', default: 'main' },
      environment: { title: 'Environment', enum: ['staging', 'production'], default: 'production' },
    },
  },
  triggers: [
    { type: 'cron', schedule: '0 6 * * 1-5', timezone: 'Europe/Berlin' },
    { type: 'webhook', id: 'push' },
  ],
  nodes: [
    { id: 'checkout', name: 'Check out', type: 'shell', with: { script: 'for i in 1 2 3; do printf "\\033[32m✓\\033[0m fetched pack $i\\n"; sleep 0.1; done' } },
    {
      id: 'build',
      name: 'Build',
      type: 'shell',
      with: { script: 'for i in $(seq 1 60); do printf "\\033[2m[$i/60]\\033[0m compiled \\033[36mmodule_$i\\033[0m\\n"; sleep 0.2; done', env: { BRANCH: '${{ input.branch }}' } },
    },
    { id: 'lint', name: 'Lint', type: 'parallel', with: { nodes: ['styles', 'scripts'].map((id, i) => ({ id, type: 'shell', with: { script: `sleep ${1 + 0.7 * i}; echo ${id} are fine` } })) } },
    { id: 'test', name: 'Test', type: 'foreach', with: { items: ['chromium', 'firefox', 'webkit'], do: { id: 'run', type: 'shell', with: { script: 'sleep 0.$(( $$ % 9 + 1 )); echo 128 passed' } } } },
    { id: 'ask', name: 'Ask the team', type: 'approval', with: { title: 'Release ${{ input.branch }} to ${{ input.environment }}?', message: '384 tests passed in three browsers.' } },
    { id: 'deploy', name: 'Deploy', type: 'shell', with: { script: 'sleep 0.4; echo deployed' } },
    { id: 'tell', name: 'Tell everybody', type: 'publish', with: { topic: 'releases', data: { branch: '${{ input.branch }}' } } },
    { id: 'report', name: 'Report a failure', type: 'publish', with: { topic: 'releases', data: { failed: true } } },
  ],
  edges: [
    { from: 'checkout', to: 'build' },
    { from: 'checkout', to: 'lint' },
    { from: 'build', to: 'test' },
    { from: 'lint', to: 'ask' },
    { from: 'test', to: 'ask' },
    { from: 'test', to: 'report', on: 'failure' },
    { from: 'ask', to: 'deploy' },
    { from: 'deploy', to: 'tell' },
  ],
};

const quick = (id, name, script) => ({ id, name, description: `${name}, as often as it is needed.`, nodes: [{ id: 'load', name: 'Load', type: 'shell', with: { script } }, { id: 'store', name: 'Store', type: 'publish', with: { topic: id, data: 'stored' } }], edges: [{ from: 'load', to: 'store' }] });

/** Saves and executes; resolves with what the pages of the pictures need. */
export async function prepareWorkflows(url) {
  const send = async (path, method, json) => {
    const answer = await fetch(`${url}/api/workflow/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  for (const each of [release, quick('import-orders', 'Import orders', 'sleep 0.3; echo 41 orders'), quick('check-links', 'Check links', 'sleep 0.2; exit 4')]) await send(`definitions/${each.id}`, 'PUT', each);
  await send('secrets/DEPLOY_KEY', 'PUT', { value: 'a key of nothing' });
  await send('secrets/API_TOKEN', 'PUT', { value: 'a token of nothing' });
  const execute = async (workflowId, input = {}) => (await send('execute', 'POST', { workflowId, input })).executionId;
  for (let i = 0; i < 12; ++i) await execute(i % 5 === 3 ? 'check-links' : 'import-orders');
  const waits = await execute('release', { environment: 'staging' });
  return { waits, execute };
}
