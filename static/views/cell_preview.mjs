// What publishing a version to a cell would write, and what that changes of what runs: seen before it is done.

import { html, useEffect, useMemo, useState } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { get, post, readText } from '../lib/http.mjs';
import { learnOperation } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { cellFilePath, cellPath, overridePath, raw, versionFilePath } from '../lib/paths.mjs';
import { may } from '../lib/session.mjs';
import { Opened, Problem, Show, State } from '../parts/basics.mjs';
import { TextDiff } from '../parts/diff.mjs';
import { Choice } from '../parts/form.mjs';
import { rightsOf } from '../parts/files.mjs';
import { OperationProgress } from '../parts/operation.mjs';
import { finalizedOf } from '../parts/publish.mjs';

/** @typedef {import('../api').Cell} Cell */

const words = /** @type {Record<string, [string, string]>} */ ({
  added: ['good', 'new'],
  changed: ['warn', 'changed'],
  rights: ['warn', 'other rights'],
  same: ['none', 'same'],
  unknown: ['none', 'not known'],
});

/** Finalized versions, and those of which the cell has a snapshot. */
async function choicesFor(/** @type {Cell} */ cell) {
  const [versions, snapshots] = await Promise.all([
    finalizedOf(cell.manifest),
    get(`${cellPath(cell.node_id, cell.cell_id)}/versions`, { limit: 1000 }),
  ]);
  const kept = new Map(
    snapshots.items.filter((/** @type {any} */ one) => one.complete).map((/** @type {any} */ one) => [one.version, one]),
  );
  const names = [...new Set([...versions.map((/** @type {any} */ one) => one.version), ...kept.keys()])];
  return names.map((name) => [
    name,
    `${name}${name === cell.running_version ? ' (runs now)' : kept.has(name) ? ' (snapshot is there)' : ''}`,
  ]);
}

/** A file's text as it runs against the one that would come. */
function FileDiff({ cell, preview, file }) {
  const now = () =>
    preview.compared_with && file.change !== 'added'
      ? readText(cellFilePath(cell.node_id, cell.cell_id, preview.compared_with, file.path))
      : Promise.resolve({ text: '' });
  const next = () =>
    readText(
      preview.existing
        ? cellFilePath(cell.node_id, cell.cell_id, preview.version, file.path)
        : file.overridden
          ? overridePath(cell.node_id, cell.cell_id, file.path)
          : versionFilePath(cell.manifest, preview.version, file.path),
    );
  const loaded = useLoad(() => Promise.all([now(), next()]), [preview.version, preview.compared_with, file.path, file.etag]);
  return html`<${Show} from=${loaded} what="both files">${([from, to]) =>
    from.text === null || to.text === null
      ? html`<p class="quiet">Not a text: ${bytes(file.size)} to come.</p>`
      : html`<${TextDiff} from=${from.text} to=${to.text} label="What changes of ${file.path}" />`}<//>`;
}

function Files({ cell, preview }) {
  const differing = preview.files.filter((/** @type {any} */ one) => one.change !== 'same');
  const [all, setAll] = useState(false);
  const shown = all ? preview.files : differing;
  return html`<p><strong>${plural(preview.files.length, 'file')}</strong>: ${differing.length} differ from ${preview.compared_with ?? 'nothing, since nothing runs'}${preview.removed.length > 0 ? `, ${preview.removed.length} go` : ''}.
      ${differing.length < preview.files.length && html`<button type="button" aria-pressed=${all} onClick=${() => setAll(!all)}>${all ? 'Only what differs' : 'Show all files'}</button>`}</p>
    ${preview.strays > 0 && html`<p class="note warn">${plural(preview.strays, 'object')} of a broken publish would be removed first.</p>`}
    <ul class="file-changes">${shown.map((/** @type {any} */ file) => {
      const [look, word] = words[file.change] ?? ['none', file.change];
      const head = html`<span class="state ${look}">${word}</span> <code>${file.path}</code> ${file.overridden && html`<span class="tag">override</span>`}
        <span class="quiet">${file.file_type === 'folder' ? 'folder' : bytes(file.size)} ${rightsOf(file)}</span>`;
      return html`<li key=${file.path}>${file.change === 'changed' || (file.change === 'added' && file.file_type !== 'folder') ? html`<${Opened} head=${head}>${() => html`<${FileDiff} cell=${cell} preview=${preview} file=${file} />`}<//>` : html`<p class="line">${head}</p>`}</li>`;
    })}
    ${preview.removed.map((/** @type {string} */ path) => html`<li key=${path}><p class="line"><span class="state bad">goes</span> <code>${path}</code></p></li>`)}</ul>`;
}

export function CellPreview({ cell, version: given }) {
  const choices = useLoad(() => choicesFor(cell), [cell.manifest, cell.running_version]);
  const [version, setVersion] = useState(given);
  const wanted = version || choices.data?.[0]?.[0] || '';
  useEffect(() => {
    if (given) setVersion(given);
  }, [given]);
  return html`<${Show} from=${choices} what="the versions">${(/** @type {any[]} */ options) =>
    options.length === 0
      ? html`<p class="quiet">${cell.manifest} has no finalized version yet.</p>`
      : html`<div class="narrow-form"><${Choice} label="Version" value=${wanted} set=${setVersion} options=${options} /></div>
      <${OnePreview} key=${wanted} cell=${cell} version=${wanted} />`}<//>`;
}

function OnePreview({ cell, version }) {
  const path = `${cellPath(cell.node_id, cell.cell_id)}/preview`;
  const loaded = useLoad(() => get(path, { version }), [path, version, cell.running_version]);
  const [operation, setOperation] = useState('');
  const publishing = useAction(async () => {
    const started = await post(`${cellPath(cell.node_id, cell.cell_id)}/publish`, { version });
    learnOperation(started);
    setOperation(started.id);
  });
  const title = useMemo(
    () => (version === cell.running_version ? `Deploy ${version} again` : `Publish ${version} to ${cell.node_id}/${cell.cell_id}`),
    [version, cell],
  );
  return html`<${Show} from=${loaded} what="the preview">${(/** @type {any} */ preview) => html`
    ${preview.existing && html`<p class="quiet">The cell has this version’s snapshot: publishing writes a new trigger and nothing else, so overrides changed since then do not come with it.</p>`}
    <${Files} cell=${cell} preview=${preview} />
    <${Problem} problem=${publishing.problem} doing="Publish" />
    ${operation !== '' && html`<${OperationProgress} id=${operation} /><p class="line">Now: <${State} value=${cell.state} /> <span class="reason">${cell.reason}</span></p>`}
    <div class="actions">${may('operator') && cell.managed && html`<button type="button" class="primary" disabled=${publishing.busy} onClick=${publishing.run}>${publishing.busy ? 'Publishing …' : title}</button>`}
      <a class="raw" href=${`${raw(path)}?version=${encodeURIComponent(version)}`}>JSON</a></div>`}<//>`;
}
