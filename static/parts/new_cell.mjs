// A new cell: which service on which node.

import { html, useState } from '../lib/html.mjs';
import { all, post } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { cellPath } from '../lib/paths.mjs';
import { go, href } from '../lib/router.mjs';
import { Problem, Show } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Choice, Field, TextField, faultOf } from './form.mjs';

function Form({ manifests, manifest: given, close }) {
  const [manifest, setManifest] = useState(given ?? manifests[0]?.name ?? '');
  const [node, setNode] = useState('');
  const [cell, setCell] = useState(given ?? manifests[0]?.name ?? '');
  const nodes = useFleet((fleet) => fleet.agents);
  const creating = useAction(async () => {
    const bucket = manifests.find((/** @type {any} */ one) => one.name === manifest).bucket;
    await post('/cells', { node_id: node, cell_id: cell, manifest, bucket });
    close();
    go(cellPath(node, cell));
  });
  if (manifests.length === 0)
    return html`<p>A cell runs a manifest, and there is none yet. <a href=${href('/new-manifest')} onClick=${close}>Make one first</a>.</p>`;
  return html`<form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!creating.busy) creating.run();
  }}>
    <${Choice} label="Manifest" value=${manifest} set=${(/** @type {string} */ next) => {
      setManifest(next);
      if (cell === manifest) setCell(next);
    }} options=${manifests.map((/** @type {any} */ one) => one.name)} />
    <${Field} label="Node" hint="As the agent there is named (node_id); it may come later." fault=${faultOf(creating.problem, 'node_id')}>${(
      /** @type {string} */ id,
      /** @type {string} */ described,
    ) => html`
      <input id=${id} aria-describedby=${described} list="${id}-nodes" required value=${node} autocomplete="off" spellcheck="false" onInput=${(/** @type {any} */ event) => setNode(event.currentTarget.value)} />
      <datalist id="${id}-nodes">${[...nodes.keys()].slice(0, 500).map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>`}<//>
    <${TextField} label="Cell" value=${cell} set=${setCell} required hint="Its name on that node, and part of its service's." fault=${faultOf(creating.problem, 'cell_id')} />
    <${Problem} problem=${creating.problem} doing="Create the cell" />
    <div class="actions"><button type="submit" class="primary" disabled=${creating.busy}>Create ${node && cell ? `${node}/${cell}` : 'the cell'}</button><button type="button" onClick=${close}>Cancel</button></div>
  </form>`;
}

export function NewCell({ close, manifest = undefined }) {
  const manifests = useLoad(async () => (await all('/manifests')).items, []);
  return html`<${Dialog} title="New cell" close=${close}><${Show} from=${manifests} what="the manifests">${(/** @type {any[]} */ list) => html`<${Form} manifests=${list} manifest=${manifest} close=${close} />`}<//><//>`;
}
