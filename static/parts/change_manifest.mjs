// Gives a cell another manifest; what runs stays until a version of the new one is published.

import { html, useState } from '../lib/html.mjs';
import { all, patch, read } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { cellPath } from '../lib/paths.mjs';
import { Problem, Show } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Choice, faultOf } from './form.mjs';
import { announce } from './notices.mjs';

function Form({ cell, manifests, close }) {
  const [manifest, setManifest] = useState(cell.manifest);
  const path = cellPath(cell.node_id, cell.cell_id);
  const changing = useAction(async () => {
    const { etag } = await read(path);
    await patch(path, { manifest }, { etag });
    announce(`${cell.node_id}/${cell.cell_id} is of ${manifest} now`);
    close();
  });
  return html`<form
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (!changing.busy) changing.run();
    }}
  >
    <${Choice} label="Manifest" value=${manifest} set=${setManifest} options=${manifests.map((/** @type {any} */ one) => one.name)} fault=${faultOf(changing.problem, 'manifest')} />
    <p class="hint">What runs stays as it is until a version of the new manifest is published. Overrides stay too.</p>
    <${Problem} problem=${changing.problem} doing="Change the manifest" />
    <div class="actions"><button type="submit" class="primary" disabled=${changing.busy || manifest === cell.manifest}>Change</button>
      <button type="button" onClick=${close}>Cancel</button></div>
  </form>`;
}

export function ChangeManifest({ cell, close }) {
  const loaded = useLoad(async () => (await all('/manifests')).items.filter((one) => one.bucket === cell.bucket), [cell.bucket]);
  return html`<${Dialog} title="Manifest of ${cell.node_id}/${cell.cell_id}" close=${close}>
    <${Show} from=${loaded} what="the manifests">${(/** @type {any[]} */ manifests) => html`<${Form} cell=${cell} manifests=${manifests} close=${close} />`}<//><//>`;
}
