// Is everything all right, and if not, what do I do now?

import { html, useMemo } from '../lib/html.mjs';
import { cellKey, useFleet } from '../lib/live.mjs';
import { href } from '../lib/router.mjs';
import { agentPath, bucketPath, cellPath, operationPath } from '../lib/paths.mjs';
import { byName, plural } from '../lib/format.mjs';
import { agentStates, cellStates, lookOf, nextSteps, urgencyOf, wordOf } from '../lib/states.mjs';
import { Bar, Empty, Loading, Moment, State } from '../parts/basics.mjs';
import { countBy } from '../parts/filters.mjs';
import { AgentGrid } from '../parts/grid.mjs';
import { failedSteps, operationTitle } from '../parts/operation.mjs';

const shownAlone = 10;
const shownOfEach = 3;

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
  return items.sort((a, b) => a.first - b.first || byName(a.name, b.name));
}

/** The same trouble of many is one group, so that each kind of trouble is in sight. */
function grouped(/** @type {any[]} */ items) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const one of items) {
    const group = groups.get(`${one.kind} ${one.state}`);
    if (group) group.push(one);
    else groups.set(`${one.kind} ${one.state}`, [one]);
  }
  return [...groups.values()];
}

function Trouble({ one }) {
  return html`<li class=${lookOf(one.state)}>
    <p class="line"><${State} value=${one.state} /> <span class="quiet">${one.kind}</span> <a href=${href(one.link)}>${one.name}</a></p>
    <p class="reason">${one.reason}</p><p class="step">${one.step}</p></li>`;
}

function Attention({ agents, cells, buckets }) {
  const groups = useMemo(() => grouped(attention(agents, cells, buckets)), [agents, cells, buckets]);
  if (groups.length === 0) {
    return html`<div class="all-well"><p><${State} value="running" text="Everything is all right" /></p>
      <p class="quiet">${plural(agents.size, 'agent')} and ${plural(cells.size, 'cell')}: none of them needs anyone.</p></div>`;
  }
  const most = groups.length === 1 ? shownAlone : shownOfEach;
  return html`<ul class="attention">${groups.flatMap((group) => [
    ...group.slice(0, most).map((one) => html`<${Trouble} key=${one.key} one=${one} />`),
    group.length > most &&
      html`<li key="more ${group[0].kind} ${group[0].state}" class="more ${lookOf(group[0].state)}">
      <a href=${href(`/${group[0].kind}s`, { state: group[0].state })}>${plural(group.length - most, `more ${group[0].kind}`)}</a> <span class="quiet">in the same state: ${wordOf(group[0].state)}</span></li>`,
  ])}</ul>`;
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
  const list = useMemo(() => [...agents.values()].sort((a, b) => byName(a.node_id, b.node_id)), [agents]);
  const agentCounts = useMemo(() => countBy(agents.values(), (one) => one.state), [agents]);
  const cellCounts = useMemo(() => countBy(cells.values(), (one) => one.state), [cells]);
  if (!loaded) return html`<h1>Overview</h1><${Loading} what="Loading the fleet" />`;
  if (agents.size === 0 && cells.size === 0) {
    return html`<h1>Overview</h1><${Empty} title="Nothing runs here yet."><p>From a bucket to a running service in a few steps.</p>
      <p><a class="button primary" href=${href('/guide')}>Begin</a></p><//>`;
  }
  return html`<h1>Overview</h1>
    <div class="overview ${list.length > 2500 ? 'many' : ''}">
      <section class="main-column" aria-labelledby="attention-title"><h2 id="attention-title">Needs attention</h2>
        <${Attention} agents=${agents} cells=${cells} buckets=${buckets} /></section>
      <div class="cards">
        <${Counts} title="Agents" path="/agents" counts=${agentCounts} states=${agentStates} total=${agents.size} />
        <${Counts} title="Cells" path="/cells" counts=${cellCounts} states=${cellStates} total=${cells.size} />
        <${Operations} operations=${operations} />
      </div>
      <section class="card wide-card" aria-labelledby="grid-title"><h2 id="grid-title">Fleet</h2>
        ${list.length === 0 ? html`<p class="quiet">No agent has reported yet. <a href=${href('/guide')}>Start one on a node</a>.</p>` : html`<${AgentGrid} agents=${list} />`}</section>
    </div>`;
}
