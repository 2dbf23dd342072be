// Every cell: what should run, what runs, and how it is. Several are published to at once from here.

import { html, useMemo, useState } from '../lib/html.mjs';
import { byName, plural } from '../lib/format.mjs';
import { cellKey, useFleet } from '../lib/live.mjs';
import { cellPath, manifestPath } from '../lib/paths.mjs';
import { href, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { cellStates, urgencyOf } from '../lib/states.mjs';
import { Loading, Moment, State } from '../parts/basics.mjs';
import { NewCell } from '../parts/new_cell.mjs';
import { PublishDialog } from '../parts/publish.mjs';
import { Search, StateFilter, ValueFilter, countBy } from '../parts/filters.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Cell} Cell */

/** The version that runs, and whether it is the one that should. */
function Running({ cell }) {
  if (cell.running_version === null) return html`<span class="quiet">–</span>`;
  const differs = cell.trigger_version !== null && cell.running_version !== cell.trigger_version;
  return html`<span class=${differs ? 'differs' : ''} title=${differs ? `${cell.trigger_version} was published` : ''}>${cell.running_version}</span>`;
}

const columns = [
  {
    key: 'cell',
    title: 'Cell',
    kind: 'name',
    sort: (/** @type {Cell} */ one) => one.cell_id,
    show: (/** @type {Cell} */ one) => html`<a href=${href(cellPath(one.node_id, one.cell_id))}>${cellKey(one)}</a>`,
  },
  {
    key: 'state',
    title: 'State',
    sort: (/** @type {Cell} */ one) => urgencyOf(one.state),
    show: (/** @type {Cell} */ one) => html`<${State} value=${one.state} />`,
  },
  {
    key: 'manifest',
    title: 'Manifest',
    sort: (/** @type {Cell} */ one) => one.manifest,
    show: (/** @type {Cell} */ one) => (one.managed ? html`<a href=${href(manifestPath(one.manifest))}>${one.manifest}</a>` : one.manifest),
  },
  {
    key: 'published',
    title: 'Published',
    sort: (/** @type {Cell} */ one) => one.trigger_version ?? '',
    show: (/** @type {Cell} */ one) => one.trigger_version ?? html`<span class="quiet">–</span>`,
  },
  {
    key: 'running',
    title: 'Running',
    sort: (/** @type {Cell} */ one) => one.running_version ?? '',
    show: (/** @type {Cell} */ one) => html`<${Running} cell=${one} />`,
  },
  {
    key: 'reason',
    title: 'Why',
    kind: 'reason',
    show: (/** @type {Cell} */ one) =>
      html`<span title=${one.reason}>${one.managed ? '' : 'Not in this configuration. '}${one.reason}</span>`,
  },
  {
    key: 'when',
    title: 'Deployed',
    kind: 'wide',
    sort: (/** @type {Cell} */ one) => -(one.applied_at ?? 0),
    show: (/** @type {Cell} */ one) => html`<${Moment} at=${one.applied_at} short />`,
  },
];

const distinct = (/** @type {Iterable<Cell>} */ cells, /** @type {(cell: Cell) => string} */ of) =>
  [...new Set([...cells].map(of))].sort(byName);

function useFound(/** @type {Map<string, Cell>} */ cells) {
  const { query } = useRoute();
  const [q, state, node, manifest] = ['q', 'state', 'node', 'manifest'].map((name) => query.get(name) ?? '');
  return useMemo(() => {
    const states = /** @type {string} */ (state).split(',').filter(Boolean);
    const words = /** @type {string} */ (q).toLowerCase();
    return [...cells.values()]
      .filter(
        (one) =>
          (states.length === 0 || states.includes(one.state)) &&
          (node === '' || one.node_id === node) &&
          (manifest === '' || one.manifest === manifest) &&
          (words === '' || `${cellKey(one)} ${one.manifest} ${one.reason}`.toLowerCase().includes(words)),
      )
      .sort((a, b) => urgencyOf(a.state) - urgencyOf(b.state) || byName(cellKey(a), cellKey(b)));
  }, [cells, q, state, node, manifest]);
}

/** What can be done with those that are ticked. */
function Chosen({ cells, publish, clear }) {
  const manifests = [...new Set(cells.map((/** @type {Cell} */ one) => one.manifest))];
  const unmanaged = cells.some((/** @type {Cell} */ one) => !one.managed);
  const why =
    manifests.length > 1
      ? `They are of ${manifests.length} manifests; choose cells of one.`
      : unmanaged
        ? 'Some are not in this configuration; adopt them first.'
        : '';
  return html`<div class="chosen" role="status"><strong>${plural(cells.length, 'cell')} chosen</strong>
    <button type="button" class="primary" disabled=${why !== ''} onClick=${() => publish({ manifest: manifests[0], cells })}>Publish …</button>
    <button type="button" onClick=${clear}>Choose none</button>${why !== '' && html`<span class="quiet">${why}</span>`}</div>`;
}

export default function Cells() {
  const { cells, loaded } = useFleet((fleet) => fleet);
  const counts = useMemo(() => countBy(cells.values(), (one) => one.state), [cells]);
  const nodes = useMemo(() => distinct(cells.values(), (one) => one.node_id), [cells]);
  const manifests = useMemo(() => distinct(cells.values(), (one) => one.manifest), [cells]);
  const rows = useFound(cells);
  const [ticked, setTicked] = useState(/** @type {Set<string>} */ (new Set()));
  const [publishing, setPublishing] = useState(/** @type {any} */ (null));
  const [creating, setCreating] = useState(false);
  const chosen = useMemo(() => [...ticked].map((name) => cells.get(name)).filter(Boolean), [ticked, cells]);
  const operator = may('operator');
  return html`<div class="heading"><h1>Cells</h1>${operator && html`<button type="button" onClick=${() => setCreating(true)}>New cell …</button>`}</div>
    <div class="filters"><${Search} label="Search cells" /><${StateFilter} states=${cellStates} counts=${counts} />
      <${ValueFilter} label="Node" parameter="node" values=${nodes} /><${ValueFilter} label="Manifest" parameter="manifest" values=${manifests} />
      <span class="quiet count">${rows.length.toLocaleString()} of ${cells.size.toLocaleString()}</span></div>
    ${chosen.length > 0 && html`<${Chosen} cells=${chosen} publish=${setPublishing} clear=${() => setTicked(new Set())} />`}
    ${
      !loaded
        ? html`<${Loading} />`
        : html`<${Table} label="Cells" columns=${columns} rows=${rows} id=${cellKey} chosen=${operator ? ticked : undefined} choose=${setTicked}
      empty=${cells.size === 0 ? 'There is no cell yet. A cell is one manifest on one node.' : 'No cell is like that.'} />`
    }
    ${publishing && html`<${PublishDialog} ...${publishing} close=${() => setPublishing(null)} />`}
    ${creating && html`<${NewCell} close=${() => setCreating(false)} />`}`;
}
