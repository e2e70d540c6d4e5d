// @ts-check
// What deploy/ holds, by the tools that will read it: systemd, dpkg, Prometheus, Grafana's queries.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { publish, request } from '../support/client.mjs';
import { slow } from '../support/deadline.mjs';
import { changed, deployFile, program } from '../support/proxy.mjs';
import { binary, repository, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {string} name @param {string[]} args @param {{input?: string, cwd?: string, env?: NodeJS.ProcessEnv}} [options] */
function tool(name, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program(name), args, { encoding: 'utf8', timeout: 120_000, ...options });
  return { status, said: `${stdout}${stderr}`, stdout };
}

test('SystemdTakesTheUnitAndFindsLittleExposed', (scope) => {
  const directory = scope.tempDir();
  const unit = path.join(directory, 'weir.service');
  // Verified with a binary that is there.
  writeFileSync(unit, changed(deployFile('systemd/weir.service'), [['ExecStart=/usr/bin/weir', `ExecStart=${binary}`]]));
  writeFileSync(path.join(directory, 'weir.socket'), deployFile('systemd/weir.socket'));
  for (const name of ['weir.service', 'weir.socket']) {
    const verified = tool('systemd-analyze', ['verify', '--man=no', path.join(directory, name)]);
    assert.equal(verified.status, 0, verified.said);
    assert.equal(verified.said, '', name);
  }
  // In tenths: 10 is a service without any of it, and this one is at 1.2.
  const security = tool('systemd-analyze', ['security', '--offline=true', '--threshold=15', unit]);
  assert.equal(security.status, 0, security.said);
});

test('TheConfigurationThatThePackageBringsIsGood', async (scope) => {
  const file = path.join(scope.tempDir(), 'weir.toml');
  const text = deployFile('weir.toml');
  writeFileSync(file, text);
  assert.equal((await run(['config', 'check', file])).code, 0);
  // Its suggestions are settings, too.
  const suggested = text.replace(/^# (\w+ = )/gm, '$1');
  assert.notEqual(suggested, text);
  writeFileSync(file, suggested);
  const { code, stderr } = await run(['config', 'check', file]);
  assert.equal(code, 0, stderr);
});

test('TheDebianPackageHoldsWhatASystemNeedsAndItsBinaryRuns', async (scope) => {
  const directory = scope.tempDir();
  const build = path.dirname(binary);
  const packed = tool('cpack', ['--config', path.join(build, 'CPackConfig.cmake'), '-B', directory]);
  assert.equal(packed.status, 0, packed.said);
  const name = readdirSync(directory).find((each) => /^weir_[\d.]+_\w+\.deb$/.test(each));
  assert(name, `a package in ${readdirSync(directory)}`);
  const deb = path.join(directory, name);

  const info = tool('dpkg-deb', ['--info', deb]).said;
  assert.match(info, /^ Package: weir$/m);
  assert.match(info, /^ Depends: .*libc6 \(>= /m, 'the shared libraries as dpkg-shlibdeps found them');
  // A binary with sanitizers has their allocator.
  for (const library of ['libsqlite3-0', 'libboost-json1.81.0', ...(slow ? [] : ['libjemalloc2'])]) assert.match(info, new RegExp(`^ Depends: .*${library}`, 'm'));
  for (const script of ['conffiles', 'postinst', 'prerm', 'postrm']) assert(info.includes(` ${script} `), script);

  const contents = tool('dpkg-deb', ['--contents', deb]).said;
  for (const [file, mode] of [['usr/bin/weir', '-rwxr-xr-x'], ['usr/lib/systemd/system/weir.service', '-rw-r--r--'], ['usr/lib/sysusers.d/weir.conf', '-rw-r--r--'], ['etc/weir/weir.toml', '-rw-r--r--'], ['usr/share/doc/weir/operations.md', '-rw-r--r--'], ['usr/share/doc/weir/copyright', '-rw-r--r--']]) {
    assert.match(contents, new RegExp(`^${mode} root/root .* \\./${file}$`, 'm'), `${file} in\n${contents}`);
  }

  // Who publishes the package sets WEIR_MAINTAINER; its history is CHANGELOG.md's.
  const lint = tool('lintian', ['--fail-on', 'error', '--allow-root', '--tag-display-limit', '0', '--suppress-tags', 'bogus-mail-host,no-changelog', deb]);
  assert.equal(lint.status, 0, lint.said);

  const root = path.join(directory, 'root');
  mkdirSync(root);
  assert.equal(tool('dpkg-deb', ['--extract', deb, root]).status, 0);
  const installed = path.join(root, 'usr/bin/weir');
  assert.match(execFileSync(installed, ['version'], { encoding: 'utf8' }), /^weir \d/);
  assert(statSync(installed).size < statSync(binary).size, 'stripped');
  assert.equal(execFileSync(installed, ['config', 'check', path.join(root, 'etc/weir/weir.toml')], { encoding: 'utf8' }), `${path.join(root, 'etc/weir/weir.toml')}: good\n`);
}, { timeout: 150 });

test('DpkgInstallsAndRemovesThePackageInARootOfItsOwn', (scope) => {
  // Maintainer scripts are run for that root, which changes owners: root alone can.
  if (process.getuid?.() !== 0) return scope.context.skip('needs root');
  const directory = scope.tempDir();
  const root = path.join(directory, 'root');
  for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc']) mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, 'var/lib/dpkg/status'), '');
  writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\n');
  const packed = tool('cpack', ['--config', path.join(path.dirname(binary), 'CPackConfig.cmake'), '-B', directory]);
  assert.equal(packed.status, 0, packed.said);
  const deb = path.join(directory, readdirSync(directory).find((each) => each.endsWith('.deb')) ?? '');
  // Without what it depends on there: only the files and the scripts are of interest.
  const dpkg = (/** @type {string[]} */ ...args) => tool('dpkg', ['--root', root, '--force-depends', '--force-script-chrootless', '--log', '/dev/null', ...args]);
  const outside = readFileSync('/etc/passwd', 'utf8');
  const installed = dpkg('--install', deb);
  assert.equal(installed.status, 0, installed.said);
  assert.match(readFileSync(path.join(root, 'etc/passwd'), 'utf8'), /^weir:x:\d+:\d+:Weir event server:\/var\/lib\/weir:/m);
  assert.equal(statSync(path.join(root, 'etc/weir/weir.toml')).mode & 0o777, 0o640);

  mkdirSync(path.join(root, 'var/lib/weir'), { recursive: true });
  writeFileSync(path.join(root, 'var/lib/weir/log.db'), 'events');
  writeFileSync(path.join(root, 'etc/weir/weir.toml'), '# mine\n');
  const again = dpkg('--install', '--force-confold', deb);
  assert.equal(again.status, 0, again.said);
  assert.equal(readFileSync(path.join(root, 'etc/weir/weir.toml'), 'utf8'), '# mine\n');
  const purged = dpkg('--purge', 'weir');
  assert.equal(purged.status, 0, purged.said);
  assert.equal(readFileSync(path.join(root, 'var/lib/weir/log.db'), 'utf8'), 'events');
  assert.throws(() => statSync(path.join(root, 'usr/bin/weir')));
  assert.equal(readFileSync('/etc/passwd', 'utf8'), outside, 'nothing outside of the root was touched');
}, { timeout: 150 });

test('PrometheusFindsTheMetricsNamedByItsConventions', async (scope) => {
  const server = await scope.server();
  await publish(server, 'news', 'so that there is something');
  const { text } = await request(server, 'GET', '/metrics');
  const checked = tool('promtool', ['check', 'metrics'], { input: text });
  assert.equal(checked.status, 0, checked.said);
  assert.equal(checked.said, '');
});

test('EveryMetricThatTheDashboardAsksForIsThere', async (scope) => {
  const dashboard = JSON.parse(deployFile('grafana/weir.json'));
  const { text } = await request(await scope.server(), 'GET', '/metrics');
  const there = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  /** @type {string[]} */
  const queries = dashboard.panels.flatMap((/** @type {{targets: {expr: string}[]}} */ panel) => panel.targets.map(({ expr }) => expr));
  queries.push(...dashboard.annotations.list.map((/** @type {{expr: string}} */ each) => each.expr));
  const asked = new Set(queries.flatMap((expr) => expr.match(/\bweir_\w+/g) ?? []));
  assert(asked.size > 30, `${asked.size} metrics are shown`);
  assert.deepEqual([...asked].filter((name) => !there.has(name)), []);
  // Each query is PromQL, once Grafana's variables are filled in.
  const rules = { groups: [{ name: 'dashboard', rules: queries.map((expr, i) => ({ record: `panel:${i}`, expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll(/\$(job|instance)/g, '.*') })) }] };
  const file = path.join(scope.tempDir(), 'rules.yml');
  writeFileSync(file, JSON.stringify(rules));
  const checked = tool('promtool', ['check', 'rules', file]);
  assert.equal(checked.status, 0, checked.said);
  for (const panel of dashboard.panels) assert(panel.title && panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
});

test('TheDockerfileNamesWhatTheRepositoryHas', () => {
  const lines = deployFile('docker/Dockerfile').replaceAll(/\\\n/g, ' ').split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const of = (/** @type {string} */ word) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  assert.deepEqual(of('FROM'), ['debian:12-slim AS build', 'debian:12-slim']);
  for (const line of of('COPY').filter((each) => !each.startsWith('--from') && each !== '. .')) {
    for (const source of line.trim().split(/\s+/).slice(0, -1)) assert(statSync(path.join(repository, source)), source);
  }
  // Not as root, with a health check, and started as the program's first process, which gets the signals.
  assert.match(of('USER')[0], /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(of('HEALTHCHECK').length, 1);
  const [entry, command] = [...of('ENTRYPOINT'), ...of('CMD')].map((each) => JSON.parse(each));
  assert.deepEqual(entry, ['/usr/bin/weir']);
  assert.equal(command[0], 'serve');
  const groups = [...readFileSync(path.join(repository, 'scripts/packages.txt'), 'utf8').matchAll(/^\[(\w+)\]/gm)].map(([, name]) => name);
  for (const [, named] of lines.join('\n').matchAll(/install-packages ([a-z ]+?)\s*(?:&&|$)/gm)) {
    for (const group of named.trim().split(/\s+/)) assert(groups.includes(group), group);
  }
  // The flags are the binary's.
  for (const flag of command.filter((/** @type {string} */ each) => each.startsWith('--'))) {
    assert(execFileSync(binary, ['serve', '--help'], { encoding: 'utf8' }).includes(`${flag} `), flag);
  }
});
