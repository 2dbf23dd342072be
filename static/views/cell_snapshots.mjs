// What was published to a cell and is kept in the bucket: to look into, and to go back to.

import { html, useState } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { all, get, remove } from '../lib/http.mjs';
import { useLoad } from '../lib/loading.mjs';
import { cellFilePath, cellPath, cellVersionPath } from '../lib/paths.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Moment, Opened, Show, State } from '../parts/basics.mjs';
import { ask } from '../parts/dialog.mjs';
import { ViewFile, rightsOf } from '../parts/files.mjs';

function Files({ cell, version }) {
  const loaded = useLoad(() => get(cellVersionPath(cell.node_id, cell.cell_id, version)), [version]);
  const [seen, see] = useState('');
  return html`<${Show} from=${loaded} what="the files">${(/** @type {any} */ snapshot) =>
    html`<ul class="plain-list">${snapshot.files.map(
      (/** @type {any} */ file) => html`<li key=${file.path} class="line">
      ${file.file_type === 'folder' ? html`<code>${file.path}</code>` : html`<button type="button" class="as-link" onClick=${() => see(file.path)}><code>${file.path}</code></button>`}
      ${file.overridden && html`<span class="tag">override</span>`} <span class="quiet">${bytes(file.size)} ${rightsOf(file)}</span></li>`,
    )}</ul>`}<//>
    ${seen !== '' && html`<${ViewFile} title="${seen} of ${version}" path=${cellFilePath(cell.node_id, cell.cell_id, version, seen)} close=${() => see('')} />`}`;
}

export function CellSnapshots({ cell, rollBack }) {
  const path = `${cellPath(cell.node_id, cell.cell_id)}/versions`;
  const loaded = useLoad(async () => (await all(path)).items, [path, cell.trigger_id]);
  const operator = may('operator') && cell.managed;
  const askToDelete = (/** @type {any} */ one) =>
    ask({
      title: `Delete the snapshot ${one.version}`,
      action: 'Delete',
      danger: true,
      typed: one.version,
      body: html`<p>${plural(one.file_count, 'file')} (${bytes(one.size)}) of ${cell.node_id}/${cell.cell_id} are deleted from the bucket. The version itself stays, if its manifest still has it.</p>`,
      act: async () => {
        await remove(cellVersionPath(cell.node_id, cell.cell_id, one.version));
        await loaded.reload();
      },
    });
  return html`<${Show} from=${loaded} what="the snapshots">${(/** @type {any[]} */ list) =>
    list.length === 0
      ? html`<${Empty} title="Nothing was published to this cell yet." />`
      : html`<ul class="file-changes">${list.map(
          (one) => html`<li key=${one.version}>
      <${Opened} head=${html`<strong>${one.version}</strong> ${one.triggered && html`<span class="tag">published</span>`} ${one.version === cell.running_version && html`<span class="tag">runs</span>`}
        ${!one.complete && html`<${State} value="incomplete" />`} <span class="quiet">${plural(one.file_count, 'file')}, ${bytes(one.size)}, <${Moment} at=${one.modified} short /></span>`}>${() => html`<${Files} cell=${cell} version=${one.version} />`}<//>
      ${
        operator &&
        html`<div class="actions">${one.complete && !one.triggered && html`<button type="button" onClick=${() => rollBack(one.version)}>Roll back to ${one.version} …</button>`}
        ${!one.triggered && html`<button type="button" class="danger" onClick=${() => askToDelete(one)}>Delete …</button>`}</div>`
      }</li>`,
        )}</ul>`}<//>`;
}
