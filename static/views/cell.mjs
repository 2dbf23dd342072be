// One cell: how it is and why, what is special about it, what was deployed, and what may come next.

import { html, useState } from '../lib/html.mjs';
import { post, read, remove } from '../lib/http.mjs';
import { learnOperation, useFleet } from '../lib/live.mjs';
import { useAction } from '../lib/loading.mjs';
import { cellPath, manifestPath, raw } from '../lib/paths.mjs';
import { go, href, setQuery } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { nextSteps } from '../lib/states.mjs';
import { Copyable, Empty, Facts, Loading, Moment, Problem, State } from '../parts/basics.mjs';
import { ChangeManifest } from '../parts/change_manifest.mjs';
import { ask } from '../parts/dialog.mjs';
import { Pick } from '../parts/form.mjs';
import { announce } from '../parts/notices.mjs';
import { CellLogs } from './cell_logs.mjs';
import { CellOverrides } from './cell_overrides.mjs';
import { CellPreview } from './cell_preview.mjs';
import { CellSnapshots } from './cell_snapshots.mjs';
import { CellTimeline } from './cell_timeline.mjs';

/** @typedef {import('../api').Cell} Cell */

const tabs = [
  ['', 'State'],
  ['publish', 'Preview and publish'],
  ['overrides', 'Overrides'],
  ['snapshots', 'Snapshots'],
];

function askToArchive(/** @type {Cell} */ cell) {
  const name = `${cell.node_id}/${cell.cell_id}`;
  ask({
    title: `Archive cell ${name}`,
    action: 'Archive',
    danger: true,
    body: html`<p>Its overrides and snapshots move to the recycle bin, and its agent stops the service (${cell.running_version ?? 'nothing runs'}). It can be restored from there.</p>`,
    act: async () => {
      const { etag } = await read(cellPath(cell.node_id, cell.cell_id));
      await remove(cellPath(cell.node_id, cell.cell_id), { etag });
      announce(`${name} archived`);
      go('/cells');
    },
  });
}

/** Publishing the same version again makes the agent deploy it again. */
function askToRepublish(/** @type {Cell} */ cell) {
  const name = `${cell.node_id}/${cell.cell_id}`;
  ask({
    title: `Deploy ${cell.trigger_version} on ${name} again`,
    action: 'Deploy again',
    body: html`<p>The agent installs the snapshot of <strong>${cell.trigger_version}</strong> once more and restarts the service. Overrides changed since then come with the next version.</p>`,
    act: async () => {
      learnOperation(await post(`${cellPath(cell.node_id, cell.cell_id)}/publish`, { version: cell.trigger_version }));
      announce(`${cell.trigger_version} is published to ${name} again`);
    },
  });
}

function Unmanaged({ cell }) {
  const adopting = useAction(async () => {
    await post(`${cellPath(cell.node_id, cell.cell_id)}/adopt`);
    announce('Adopted');
  });
  return html`<div class="note warn"><p>This cell is in the bucket, and not in this controller’s configuration: it can be looked at, not changed.</p>
    ${may('operator') && html`<button type="button" disabled=${adopting.busy} onClick=${adopting.run}>Adopt it</button>`}
    <${Problem} problem=${adopting.problem} doing="Adopt" /></div>`;
}

function Now({ cell }) {
  const [changing, setChanging] = useState(false);
  return html`${changing && html`<${ChangeManifest} cell=${cell} close=${() => setChanging(false)} />`}
    ${cell.state in nextSteps && html`<div class="note ${cell.state === 'failed' || cell.state === 'stopped' ? 'bad' : 'warn'}"><p><strong>${cell.reason}</strong></p><p>${nextSteps[cell.state]}</p></div>`}
    <${Facts} rows=${[
      [
        'Published',
        cell.trigger_version && html`<span><strong>${cell.trigger_version}</strong> <${Moment} at=${cell.triggered_at} /></span>`,
      ],
      ['Running', cell.running_version && html`<strong>${cell.running_version}</strong>`],
      ['Last deployment', html`<${Moment} at=${cell.applied_at} />`],
      !(cell.state in nextSteps) && ['Why it is so', cell.reason],
      [
        'Manifest',
        cell.managed
          ? html`<a href=${href(manifestPath(cell.manifest))}>${cell.manifest}</a> ${may('operator') && html`<button type="button" class="as-link" onClick=${() => setChanging(true)}>change</button>`}`
          : cell.manifest,
      ],
      ['Node', html`<a href=${href(`/agents/${encodeURIComponent(cell.node_id)}`)}>${cell.node_id}</a>`],
      [
        'Bucket',
        html`<a href=${href(`/buckets/${encodeURIComponent(cell.bucket)}`, { prefix: `cells/${cell.node_id}/${cell.cell_id}/` })}>${cell.bucket}</a>`,
      ],
      cell.trigger_id && ['Trigger', html`<${Copyable} text=${cell.trigger_id} />`],
    ]} />
    <${CellLogs} cell=${cell} /><${CellTimeline} cell=${cell} />`;
}

export default function CellPage({ given: [node, name], query }) {
  const cell = useFleet((fleet) => fleet.cells.get(`${node}/${name}`));
  const loaded = useFleet((fleet) => fleet.loaded);
  const [wanted, setWanted] = useState('');
  const tab = query.get('tab') ?? '';
  if (!cell) {
    return html`<h1>${node}/${name}</h1>${loaded ? html`<${Empty} title="There is no such cell."><p>It may have been archived: see the <a href=${href('/recycle')}>recycle bin</a>.</p><p><a href=${href('/cells')}>All cells</a></p><//>` : html`<${Loading} />`}`;
  }
  const operator = may('operator') && cell.managed;
  const show = (/** @type {string} */ next) => setQuery({ tab: next });
  return html`<p class="trail"><a href=${href('/cells')}>Cells</a></p>
    <div class="heading"><h1>${node}/${name}</h1><${State} value=${cell.state} />
      ${
        operator &&
        html`<button type="button" class="primary" onClick=${() => show('publish')}>Publish …</button>
        ${cell.trigger_version && html`<button type="button" onClick=${() => askToRepublish(cell)}>Deploy again …</button>`}
        <button type="button" class="danger" onClick=${() => askToArchive(cell)}>Archive …</button>`
      }
      <a class="raw" href=${raw(cellPath(node, name))}>JSON</a></div>
    ${!cell.managed && html`<${Unmanaged} cell=${cell} />`}
    <${Pick} label="Part" options=${tabs} value=${tab} set=${show} />
    ${tab === '' && html`<${Now} cell=${cell} />`}
    ${tab === 'publish' && html`<${CellPreview} cell=${cell} version=${wanted} />`}
    ${tab === 'overrides' && html`<${CellOverrides} cell=${cell} />`}
    ${
      tab === 'snapshots' &&
      html`<${CellSnapshots} cell=${cell} rollBack=${(/** @type {string} */ version) => {
        setWanted(version);
        show('publish');
      }} />`
    }`;
}
