// Publishing: which version to which cells, what that means before it is done, and how it goes.

import { html, useMemo, useState } from '../lib/html.mjs';
import { get, post } from '../lib/http.mjs';
import { plural } from '../lib/format.mjs';
import { learnOperation } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { manifestPath, versionPath } from '../lib/paths.mjs';
import { Problem, Show, State } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Check, Choice } from './form.mjs';
import { OperationProgress } from './operation.mjs';

/** @typedef {import('../api').Cell} Cell */

export const finalizedOf = async (/** @type {string} */ manifest) =>
  (await get(`${manifestPath(manifest)}/versions`, { limit: 1000 })).items.filter((/** @type {any} */ one) => one.state === 'finalized');

/** What each cell runs now, so that one sees what will change. */
function Changes({ cells, version }) {
  const groups = useMemo(() => {
    /** @type {Map<string, string[]>} */
    const found = new Map();
    for (const cell of cells) {
      const from = cell.running_version ?? cell.trigger_version ?? 'nothing yet';
      found.set(from, [...(found.get(from) ?? []), `${cell.node_id}/${cell.cell_id}`]);
    }
    return [...found];
  }, [cells]);
  return html`<ul class="preview">${groups.map(
    ([from, names]) => html`<li key=${from}><strong>${from}</strong> → <strong>${version}</strong>
    ${from === version ? html` <${State} value="unknown" text="deployed again" />` : ''} on ${plural(names.length, 'cell')}:
    <span class="quiet">${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}</span></li>`,
  )}</ul>`;
}

function Form({ manifest, cells, versions, version: given, started, close }) {
  const [version, setVersion] = useState(given ?? versions[0]?.version ?? '');
  const [careful, setCareful] = useState(cells.length > 1);
  const publishing = useAction(async () => {
    const operation = await post(`${versionPath(manifest, version)}/publish`, {
      cells: cells.map((/** @type {Cell} */ one) => `${one.node_id}/${one.cell_id}`),
      stop_on_error: careful,
    });
    learnOperation(operation);
    started(operation.id);
  });
  if (versions.length === 0) return html`<p>${manifest} has no finalized version to publish.</p>`;
  return html`<form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!publishing.busy) publishing.run();
  }}>
    <${Choice} label="Version" value=${version} set=${setVersion} options=${versions.map((/** @type {any} */ one) => [one.version, `${one.version}${one.cells.length > 0 ? ` (runs on ${one.cells.length})` : ''}`])} />
    <${Changes} cells=${cells} version=${version} />
    ${cells.length > 1 && html`<${Check} label="Begin no further cell after a failure" value=${careful} set=${setCareful} />`}
    <${Problem} problem=${publishing.problem} doing="Publish" />
    <div class="actions"><button type="submit" class="primary" disabled=${publishing.busy || version === ''}>${publishing.busy ? 'Publishing …' : `Publish ${version} to ${plural(cells.length, 'cell')}`}</button>
      <button type="button" onClick=${close}>Cancel</button></div>
  </form>`;
}

/**
 * @param {{ manifest: string, cells: Cell[], version?: string, close: () => void }} props cells of this manifest
 */
export function PublishDialog({ manifest, cells, version = undefined, close }) {
  const [chosen] = useState(cells); // what is published is what was chosen, whatever changes meanwhile
  const versions = useLoad(() => finalizedOf(manifest), [manifest]);
  const [operation, setOperation] = useState('');
  return html`<${Dialog} title="Publish ${manifest} to ${plural(chosen.length, 'cell')}" close=${close} wide=${true}>
    ${
      operation === ''
        ? html`<${Show} from=${versions} what="the versions of ${manifest}">${(
            /** @type {any[]} */ list,
          ) => html`<${Form} manifest=${manifest} cells=${chosen}
        versions=${list} version=${version} started=${setOperation} close=${close} />`}<//>`
        : html`<${OperationProgress} id=${operation} /><p class="quiet">Published is what is in the bucket; each agent then deploys it, which the cells show.</p>
        <div class="actions"><button type="button" class="primary" onClick=${close}>Close</button></div>`
    }
  <//>`;
}
