// Every node's agent: who is well, who is late, who is gone.

import { html, useMemo } from '../lib/html.mjs';
import { byName, bytes, plural } from '../lib/format.mjs';
import { remove } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { agentPath } from '../lib/paths.mjs';
import { href, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { agentStates, urgencyOf } from '../lib/states.mjs';
import { Loading, Moment, State } from '../parts/basics.mjs';
import { ask } from '../parts/dialog.mjs';
import { Search, StateFilter, countBy } from '../parts/filters.mjs';
import { announce } from '../parts/notices.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Agent} Agent */

export const freeDisk = (/** @type {Agent} */ agent) => Math.min(...Object.values(agent.disk_free_bytes ?? {}));
const known = (/** @type {number | undefined} */ number) => (number === undefined || !Number.isFinite(number) ? -1 : number);

/** What an agent's cells are doing, worst first. */
function cellsOf(/** @type {Agent} */ agent) {
  const stopped = agent.cells.filter((one) => one.running === false).length;
  if (agent.cells.length === 0) return html`<span class="quiet">none</span>`;
  return html`${agent.cells.length}${stopped > 0 ? html`, <${State} value="stopped" text="${stopped} not running" />` : ''}`;
}

const columns = [
  {
    key: 'node',
    title: 'Node',
    kind: 'name',
    sort: (/** @type {Agent} */ one) => one.node_id,
    show: (/** @type {Agent} */ one) => html`<a href=${href(agentPath(one.node_id))}>${one.node_id}</a>`,
  },
  {
    key: 'state',
    title: 'State',
    sort: (/** @type {Agent} */ one) => urgencyOf(one.state),
    show: (/** @type {Agent} */ one) => html`<${State} value=${one.state} />`,
  },
  {
    key: 'seen',
    title: 'Last report',
    kind: 'wide',
    sort: (/** @type {Agent} */ one) => -one.report_timestamp,
    show: (/** @type {Agent} */ one) => html`<${Moment} at=${one.report_timestamp} />`,
  },
  { key: 'cells', title: 'Cells', sort: (/** @type {Agent} */ one) => one.cells.length, show: cellsOf },
  {
    key: 'load',
    title: 'Load',
    kind: 'number',
    sort: (/** @type {Agent} */ one) => known(one.load_percent),
    show: (/** @type {Agent} */ one) => (one.load_percent === undefined ? '–' : `${one.load_percent} %`),
  },
  {
    key: 'disk',
    title: 'Disk free',
    kind: 'number',
    sort: (/** @type {Agent} */ one) => known(freeDisk(one)),
    show: (/** @type {Agent} */ one) => (Number.isFinite(freeDisk(one)) ? bytes(freeDisk(one)) : '–'),
  },
  {
    key: 'host',
    title: 'Host',
    sort: (/** @type {Agent} */ one) => one.hostname ?? '',
    show: (/** @type {Agent} */ one) => one.hostname ?? '–',
  },
  {
    key: 'version',
    title: 'Agent',
    sort: (/** @type {Agent} */ one) => one.agent_version ?? '',
    show: (/** @type {Agent} */ one) => one.agent_version ?? '–',
  },
];

/** Deletes agents of a preview that was agreed to; says which it could not. */
async function deleteAll(/** @type {Agent[]} */ agents) {
  const failures = [];
  for (const agent of agents) {
    try {
      await remove(agentPath(agent.node_id));
    } catch (why) {
      failures.push(`${agent.node_id}: ${/** @type {Error} */ (why).message}`);
    }
  }
  if (failures.length > 0) throw new Error(`${agents.length - failures.length} deleted; not deleted: ${failures.join('; ')}`);
  announce(`${plural(agents.length, 'agent')} deleted`);
}

export function askToDelete(/** @type {Agent[]} */ agents, /** @type {() => void} */ then = () => {}) {
  const cells = agents.reduce((sum, agent) => sum + agent.cells.length, 0);
  ask({
    title: agents.length === 1 ? `Delete agent ${agents[0]?.node_id}` : `Delete ${plural(agents.length, 'dead agent')}`,
    action: `Delete ${plural(agents.length, 'agent')}`,
    danger: true,
    body: html`<p>Their last reports go; their cells (${cells}) stay as they are. An agent that reports again is back by itself.</p>
      <ul class="preview">${agents.slice(0, 50).map((one) => html`<li key=${one.node_id}><strong>${one.node_id}</strong> last report <${Moment} at=${one.report_timestamp} /></li>`)}</ul>
      ${agents.length > 50 && html`<p class="quiet">and ${agents.length - 50} more</p>`}`,
    act: async () => {
      await deleteAll(agents);
      then();
    },
  });
}

export default function Agents() {
  const { agents, loaded } = useFleet((fleet) => fleet);
  const { query } = useRoute();
  const q = (query.get('q') ?? '').toLowerCase();
  const state = query.get('state') ?? '';
  const counts = useMemo(() => countBy(agents.values(), (one) => one.state), [agents]);
  const rows = useMemo(() => {
    const states = state.split(',').filter(Boolean);
    return [...agents.values()]
      .filter(
        (one) =>
          (states.length === 0 || states.includes(one.state)) &&
          (q === '' || `${one.node_id} ${one.hostname ?? ''}`.toLowerCase().includes(q)),
      )
      .sort((a, b) => urgencyOf(a.state) - urgencyOf(b.state) || byName(a.node_id, b.node_id));
  }, [agents, q, state]);
  const dead = useMemo(() => [...agents.values()].filter((one) => one.state === 'dead'), [agents]);
  return html`<div class="heading"><h1>Agents</h1>
      ${dead.length > 0 && may('operator') && html`<button type="button" onClick=${() => askToDelete(dead)}>Delete all dead (${dead.length}) …</button>`}</div>
    <div class="filters"><${Search} label="Search agents" /><${StateFilter} states=${agentStates} counts=${counts} /><span class="quiet count">${rows.length.toLocaleString()} of ${agents.size.toLocaleString()}</span></div>
    ${
      !loaded
        ? html`<${Loading} />`
        : html`<${Table} label="Agents" columns=${columns} rows=${rows} id=${(/** @type {Agent} */ one) => one.node_id}
      empty=${agents.size === 0 ? 'No agent has reported yet. Start fleetagent on a node.' : 'No agent is like that.'} />`
    }`;
}
