// One node: how its agent is, and what runs on it.

import { html, useMemo } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { useFleet } from '../lib/live.mjs';
import { agentPath, cellPath, raw } from '../lib/paths.mjs';
import { go, href } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { nextSteps } from '../lib/states.mjs';
import { Copyable, Empty, Facts, Loading, Moment, State } from '../parts/basics.mjs';
import { Table } from '../parts/table.mjs';
import { askToDelete } from './agents.mjs';

/** @typedef {import('../api').Agent} Agent */

const runs = (/** @type {any} */ cell) => {
  if (cell.profile === 'deploy') return html`<span class="quiet" title="Files in place; nothing runs">N/A</span>`;
  if (cell.running === undefined || cell.running === null) return html`<span class="quiet">unknown</span>`;
  return html`<${State} value=${cell.running ? 'running' : 'stopped'} />`;
};

function columnsFor(/** @type {string} */ node) {
  return [
    {
      key: 'cell',
      title: 'Cell',
      kind: 'name',
      sort: (/** @type {any} */ one) => one.cell_id,
      show: (/** @type {any} */ one) => html`<a href=${href(cellPath(node, one.cell_id))}>${one.cell_id}</a>`,
    },
    { key: 'manifest', title: 'Manifest', show: (/** @type {any} */ one) => one.manifest_name },
    { key: 'profile', title: 'Profile', show: (/** @type {any} */ one) => one.profile },
    { key: 'version', title: 'Version', show: (/** @type {any} */ one) => one.version ?? '–' },
    { key: 'runs', title: 'Running', show: runs },
    { key: 'health', title: 'Health', show: (/** @type {any} */ one) => one.health ?? '–' },
    {
      key: 'restarts',
      title: 'Restarts',
      kind: 'number',
      sort: (/** @type {any} */ one) => one.restarts ?? 0,
      show: (/** @type {any} */ one) => one.restarts ?? '–',
    },
    { key: 'since', title: 'Since', kind: 'wide', show: (/** @type {any} */ one) => html`<${Moment} at=${one.since} none="–" />` },
  ];
}

function memory(/** @type {Agent} */ agent) {
  if (!agent.memory_total_bytes) return null;
  return `${bytes(agent.memory_available_bytes)} free of ${bytes(agent.memory_total_bytes)}`;
}

export default function AgentPage({ given: [node] }) {
  const agent = useFleet((fleet) => fleet.agents.get(node));
  const loaded = useFleet((fleet) => fleet.loaded);
  const columns = useMemo(() => columnsFor(node), [node]);
  if (!loaded) return html`<h1>${node}</h1><${Loading} />`;
  if (!agent) {
    return html`<h1>${node}</h1><${Empty} title="No agent reports as this node."><p>It never did, or its report was deleted.</p><p><a href=${href('/agents')}>All agents</a></p><//>`;
  }
  const disks = Object.entries(agent.disk_free_bytes ?? {});
  return html`<p class="trail"><a href=${href('/agents')}>Agents</a></p>
    <div class="heading"><h1>${node}</h1><${State} value=${agent.state} />
      ${may('operator') && agent.state === 'dead' && html`<button type="button" class="danger" onClick=${() => askToDelete([agent], () => go('/agents'))}>Delete …</button>`}
      <a class="raw" href=${raw(agentPath(node))}>JSON</a></div>
    ${agent.state !== 'active' && html`<div class="note warn"><p>${nextSteps[agent.state]}</p></div>`}
    ${agent.conflict && html`<div class="note bad"><p><strong>Another agent reports as this node</strong>: ${agent.conflict}. Give one of them another node_id.</p></div>`}
    ${agent.last_error && html`<div class="note warn"><p><strong>Its last error</strong>: ${agent.last_error}</p></div>`}
    <${Facts} rows=${[
      ['Last report', html`<${Moment} at=${agent.report_timestamp} />`],
      ['Reports every', agent.heartbeat_interval_ms ? `${agent.heartbeat_interval_ms / 1000} s` : null],
      ['Host', agent.hostname],
      ['System', agent.os],
      ['Agent', agent.agent_version],
      ['Load', agent.load_percent === undefined ? null : `${agent.load_percent} % of its processors`],
      ['Memory', memory(agent)],
      [
        'Disk free',
        disks.length > 0 ? disks.map(([folder, free]) => html`<span key=${folder}>${bytes(free)} <code>${folder}</code> </span>`) : null,
      ],
      agent.clock_skew_seconds !== null && [
        'Clock',
        html`<${State} value="warning" text="${Math.abs(agent.clock_skew_seconds)} s ${agent.clock_skew_seconds > 0 ? 'ahead' : 'behind'}" />`,
      ],
      ['Reports through', html`<a href=${href(`/buckets/${encodeURIComponent(agent.bucket)}`)}>${agent.bucket}</a>`],
      agent.boot_id && ['Boot', html`<${Copyable} text=${agent.boot_id} />`],
    ]} />
    <h2>${plural(agent.cells.length, 'cell')} in its report</h2>
    <${Table} label="Cells of ${node}" columns=${columns} rows=${agent.cells} id=${(/** @type {any} */ one) => one.cell_id} empty="It runs nothing." />`;
}
