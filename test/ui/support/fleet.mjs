// A whole fleet in a folder: the controller with its embedded store, a private supervisord, and an agent.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Program, agentProgram, controllerProgram, freePort, repository, until } from './programs.mjs';

const accessKey = 'USERINTERFACE';
const secretKey = 'user-interface-secret';
const example = path.join(repository, 'examples/hello');

export class Fleet {
  /** @param {{ users?: string[] }} [options] `users`: lines of the configuration, for a controller with a login */
  static async create(options = {}) {
    const fleet = new Fleet();
    fleet.folder = mkdtempSync(path.join(os.tmpdir(), 'fleetman-ui-'));
    fleet.port = await freePort();
    fleet.storePort = await freePort();
    fleet.url = `http://127.0.0.1:${fleet.port}`;
    fleet.endpoint = `http://127.0.0.1:${fleet.storePort}`;
    const config = path.join(fleet.folder, 'controller_config.yaml');
    const auth = options.users
      ? `  auth:\n    mode: form\n    users: [${options.users.map((one) => JSON.stringify(one)).join(', ')}]\n`
      : '';
    writeFileSync(
      config,
      `web_console:\n  bind: 127.0.0.1\n  port: ${fleet.port}\n${auth}embedded_store:\n  listen: 127.0.0.1:${fleet.storePort}\n  data_dir: ${fleet.folder}/store\n` +
        `  access_key: ${accessKey}\n  secret_key: ${secretKey}\n  buckets: [fleet]\nbuckets: {}\nmanifests: {}\ncells: {}\n`,
      { mode: 0o600 },
    );
    const page = process.env.FLEETMAN_DEV_STATIC ? ['--dev-static', process.env.FLEETMAN_DEV_STATIC] : [];
    fleet.controller = new Program(
      path.join(fleet.folder, 'controller.log'),
      [controllerProgram, 'serve', '--refresh-ms', '500', '--config', config, ...page],
      { cwd: fleet.folder },
    );
    fleet.programs = [fleet.controller];
    await fleet.startController();
    return fleet;
  }

  async startController() {
    this.controller.start();
    await until('the controller answers', async () => (await fetch(`${this.url}/healthz`)).ok, 20);
  }

  /** What the page can do, by hand. Bytes are sent as they are, all else as JSON. */
  async api(method, where, body, headers = {}) {
    const bytes = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.url}/api/v1${where}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': bytes ? 'application/octet-stream' : 'application/json' }) },
      body: body === undefined || bytes ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`);
    return text === '' ? null : answer.headers.get('Content-Type').includes('json') ? JSON.parse(text) : text;
  }

  connection() {
    return {
      name: 'local',
      bucket_name: 'fleet',
      endpoint: this.endpoint,
      access_key: accessKey,
      secret_key: secretKey,
      path_style: true,
      prefix: 'prod',
    };
  }

  async connect() {
    await this.api('POST', '/buckets', this.connection());
  }

  /** A file in the bucket, as an agent or an S3 client would write it. */
  put(key, content) {
    return this.api(
      'PUT',
      `/buckets/local/objects/${key.split('/').map(encodeURIComponent).join('/')}`,
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }

  /** A report as an agent writes it. */
  report(node, { cells = [], age = 0, ...more } = {}) {
    return this.put(`agents/${node}.json`, {
      node_id: node,
      report_timestamp: Math.floor(Date.now() / 1000) - age,
      cells,
      heartbeat_interval_ms: 10_000,
      hostname: `${node}.example.net`,
      agent_version: '0.1.0',
      load_percent: 12,
      memory_total_bytes: 8 * 2 ** 30,
      memory_available_bytes: 5 * 2 ** 30,
      os: 'Debian GNU/Linux 12',
      disk_free_bytes: { '/srv': 40 * 2 ** 30 },
      ...more,
    });
  }

  async startNode(node = 'node01') {
    const folder = path.join(this.folder, node);
    for (const one of ['supervisor/conf.d', 'services', 'deployed', 'agent']) mkdirSync(path.join(folder, one), { recursive: true });
    const supervisor = path.join(folder, 'supervisor');
    writeFileSync(
      `${supervisor}/supervisord.conf`,
      `[supervisord]\nnodaemon=true\nlogfile=${supervisor}/supervisord.log\npidfile=${supervisor}/pid\n[unix_http_server]\nfile=${supervisor}/s\n` +
        '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n' +
        `[supervisorctl]\nserverurl=unix://${supervisor}/s\n[include]\nfiles=conf.d/*.conf\n`,
    );
    const control = `${supervisor}/supervisorctl`;
    writeFileSync(control, `#!/bin/sh\nexec /usr/bin/supervisorctl -c ${supervisor}/supervisord.conf "$@"\n`);
    chmodSync(control, 0o755);
    this.programs.push(new Program(`${supervisor}/output.log`, ['/usr/bin/supervisord', '-c', `${supervisor}/supervisord.conf`]).start());
    await until('supervisord answers', () => execFileSync(control, ['pid'], { stdio: 'pipe' }), 20);
    const config = path.join(folder, 'agent_config.yaml');
    writeFileSync(
      config,
      `global:\n  node_id: ${node}\n  base_dir: ${folder}/agent\n  check_interval_ms: 200\n  verify_window_ms: 1500\n  heartbeat_interval_ms: 2000\n` +
        `object_storage:\n  endpoint: ${this.endpoint}\n  access_key: ${accessKey}\n  secret_key: ${secretKey}\n  bucket: fleet\n  path_style: true\n  prefix: prod\n` +
        `supervisor:\n  conf_d_folder: ${supervisor}/conf.d\n  service_folder: ${folder}/services\n  supervisorctl_path: ${control}\ndeploy:\n  target_folder: ${folder}/deployed\n`,
      { mode: 0o600 },
    );
    this.programs.push(new Program(path.join(folder, 'agent.log'), [agentProgram, 'run', '--config', config], { cwd: folder }).start());
  }

  /** examples/hello as a manifest. */
  manifest(name = 'hello', profile = 'supervisor') {
    return this.api('POST', '/manifests', { ...JSON.parse(readFileSync(path.join(example, 'manifest.json'), 'utf8')), name, profile });
  }

  exampleFile(name) {
    return readFileSync(path.join(example, 'files', name), 'utf8');
  }

  async version(manifest, version, changed = {}) {
    const base = `/manifests/${manifest}/versions`;
    await this.api('POST', base, { version });
    for (const name of ['run.sh', 'hello.py', 'settings.ini', 'cell.ini', 'version.txt']) {
      await this.api(
        'PUT',
        `${base}/${version}/files/${name}`,
        changed[name] ?? (name === 'version.txt' ? version : this.exampleFile(name)),
      );
    }
    await this.api('POST', `${base}/${version}/finalize`);
  }

  async cell(node, cell, manifest) {
    await this.api('POST', '/cells', { node_id: node, cell_id: cell, bucket: 'local', manifest });
  }

  /** The service's own port, since several may run on one machine. */
  async settings(node, cell, greeting = 'Hello') {
    const port = await freePort();
    await this.api(
      'PUT',
      `/cells/${node}/${cell}/overrides/settings.ini`,
      `[hello]\naddress = 127.0.0.1\nport = ${port}\ngreeting = ${greeting}\n`,
    );
    return port;
  }

  async publish(manifest, version, cells) {
    return this.api('POST', `/manifests/${manifest}/versions/${version}/publish?wait=60`, { cells });
  }

  async stop() {
    for (const program of [...this.programs].reverse()) await program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
