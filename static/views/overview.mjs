// Is everything all right, and if not, what do I do now?

import { html, useMemo, useState } from '../lib/html.mjs';
import { cellKey, useFleet } from '../lib/live.mjs';
import { href } from '../lib/router.mjs';
import { agentPath, bucketPath, cellPath, operationPath } from '../lib/paths.mjs';
import { plural } from '../lib/format.mjs';
import { agentStates, cellStates, lookOf, nextSteps, urgencyOf, wordOf } from '../lib/states.mjs';
import { Bar, Empty, Loading, Moment, State } from '../parts/basics.mjs';
import { countBy } from '../parts/filters.mjs';
import { AgentGrid } from '../parts/grid.mjs';
import { failedSteps, operationTitle } from '../parts/operation.mjs';

const shownAtFirst = 12;

function attention(
  /** @type {Map<string, any>} */ agents,
  /** @type {Map<string, any>} */ cells,
  /** @type {Map<string, string>} */ buckets,
) {
  const items = [...buckets].map(([name, error]) => ({
    key: `bucket ${name}`,
    kind: 'bucket',
    name,
    state: 'unanswered',
    reason: error,
    step: nextSteps.bucket,
    link: bucketPath(name),
    first: -1,
  }));
  for (const agent of agents.values()) {
    if (agent.state === 'active' && !agent.conflict) continue;
    items.push({
      key: `agent ${agent.node_id}`,
      kind: 'agent',
      name: agent.node_id,
      state: agent.state,
      reason: agent.conflict ?? html`Last report: <${Moment} at=${agent.report_timestamp} />.`,
      step: nextSteps[agent.state],
      link: agentPath(agent.node_id),
      first: urgencyOf(agent.state),
    });
  }
  for (const cell of cells.values()) {
    if (!(cell.state in nextSteps)) continue;
    items.push({
      key: `cell ${cellKey(cell)}`,
      kind: 'cell',
      name: cellKey(cell),
      state: cell.state,
      reason: cell.reason,
      step: nextSteps[cell.state],
      link: cellPath(cell.node_id, cell.cell_id),
      first: urgencyOf(cell.state),
    });
  }
  return items.sort((a, b) => a.first - b.first || a.name.localeCompare(b.name));
}

function Attention({ agents, cells, buckets }) {
  const items = useMemo(() => attention(agents, cells, buckets), [agents, cells, buckets]);
  const [all, setAll] = useState(false);
  if (items.length === 0) {
    return html`<div class="all-well"><p><${State} value="running" text="Everything is all right" /></p>
      <p class="quiet">${plural(agents.size, 'agent')} and ${plural(cells.size, 'cell')}: none of them needs anyone.</p></div>`;
  }
  const shown = all ? items.slice(0, 200) : items.slice(0, shownAtFirst);
  return html`<ul class="attention">${shown.map(
    (one) => html`<li key=${one.key} class=${lookOf(one.state)}>
      <p class="line"><${State} value=${one.state} /> <span class="quiet">${one.kind}</span> <a href=${href(one.link)}>${one.name}</a></p>
      <p class="reason">${one.reason}</p><p class="step">${one.step}</p></li>`,
  )}</ul>
    ${
      items.length > shown.length &&
      html`<p><button type="button" onClick=${() => setAll(true)} hidden=${all}>Show ${Math.min(200, items.length) - shown.length} more</button>
      <span class="quiet"> ${plural(items.length, 'thing')} in all: see <a href=${href('/agents', { state: 'dead,warning' })}>agents</a>
      and <a href=${href('/cells', { state: 'failed,rolled_back,stopped,agent_silent' })}>cells</a></span></p>`
    }`;
}

function Counts({ title, path, counts, states, total }) {
  return html`<section class="card" aria-label=${title}><h2><a href=${href(path)}>${title}</a> <span class="total">${total.toLocaleString()}</span></h2>
    <ul class="counts">${states
      .filter((/** @type {string} */ state) => counts[state] > 0)
      .map(
        (/** @type {string} */ state) => html`<li key=${state}>
      <a href=${href(path, { state })}><span class="state ${lookOf(state)}">${wordOf(state)}</span> <b>${counts[state].toLocaleString()}</b></a></li>`,
      )}</ul></section>`;
}

function Operations({ operations }) {
  const list = useMemo(() => [...operations.values()].sort((a, b) => (a.started_at < b.started_at ? 1 : -1)), [operations]);
  const running = list.filter((one) => one.state === 'running');
  const publishes = list.filter((one) => one.kind === 'publish' && one.state !== 'running').slice(0, 8);
  return html`
    <section class="card" aria-labelledby="running-title"><h2 id="running-title">Running operations</h2>
      ${
        running.length === 0
          ? html`<p class="quiet">None.</p>`
          : html`<ul class="plain-list">${running.slice(0, 10).map(
              (one) => html`<li key=${one.id}>
        <p class="line"><a href=${href(operationPath(one.id))}>${operationTitle(one)}</a> <span class="quiet">${one.done} of ${one.total}</span></p>
        <${Bar} done=${one.done} total=${one.total} failed=${failedSteps(one)} label=${operationTitle(one)} /></li>`,
            )}</ul>`
      }</section>
    <section class="card" aria-labelledby="publishes-title"><h2 id="publishes-title">Latest publishes</h2>
      ${
        publishes.length === 0
          ? html`<p class="quiet">Nothing was published yet.</p>`
          : html`<ul class="plain-list">${publishes.map(
              (one) => html`<li key=${one.id}>
        <p class="line"><${State} value=${one.state} /> <a href=${href(operationPath(one.id))}>${operationTitle(one)}</a></p>
        <p class="quiet">${one.total === 1 ? one.results[0]?.cell : plural(one.total, 'cell')}${failedSteps(one) > 0 ? `, ${failedSteps(one)} failed` : ''} · <${Moment} at=${one.started_at} short /></p></li>`,
            )}</ul>`
      }</section>`;
}

export default function Overview() {
  const { agents, cells, operations, buckets, loaded } = useFleet((fleet) => fleet);
  const list = useMemo(
    () => [...agents.values()].sort((a, b) => a.node_id.localeCompare(b.node_id, undefined, { numeric: true })),
    [agents],
  );
  const agentCounts = useMemo(() => countBy(agents.values(), (one) => one.state), [agents]);
  const cellCounts = useMemo(() => countBy(cells.values(), (one) => one.state), [cells]);
  if (!loaded) return html`<h1>Overview</h1><${Loading} what="Loading the fleet" />`;
  if (agents.size === 0 && cells.size === 0) {
    return html`<h1>Overview</h1><${Empty} title="Nothing runs here yet."><p>From a bucket to a running service in a few steps.</p>
      <p><a class="button primary" href=${href('/guide')}>Begin</a></p><//>`;
  }
  return html`<h1>Overview</h1>
    <div class="overview">
      <section class="main-column" aria-labelledby="attention-title"><h2 id="attention-title">Needs attention</h2>
        <${Attention} agents=${agents} cells=${cells} buckets=${buckets} /></section>
      <div class="cards">
        <${Counts} title="Agents" path="/agents" counts=${agentCounts} states=${agentStates} total=${agents.size} />
        <${Counts} title="Cells" path="/cells" counts=${cellCounts} states=${cellStates} total=${cells.size} />
      </div>
      <section class="card wide-card" aria-labelledby="grid-title"><h2 id="grid-title">Fleet</h2>
        ${list.length === 0 ? html`<p class="quiet">No agent has reported yet. <a href=${href('/guide')}>Start one on a node</a>.</p>` : html`<${AgentGrid} agents=${list} />`}</section>
      <div class="side"><${Operations} operations=${operations} /></div>
    </div>`;
}
