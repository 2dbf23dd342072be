// What a service may take of its node.

import { html, useState } from '../lib/html.mjs';
import { plural } from '../lib/format.mjs';
import { all, post, put, read, remove } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { profilePath } from '../lib/paths.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Problem, Show } from '../parts/basics.mjs';
import { Dialog, ask } from '../parts/dialog.mjs';
import { TextField, faultOf } from '../parts/form.mjs';
import { Table } from '../parts/table.mjs';

function Form({ now, etag, saved, close }) {
  const [value, setValue] = useState({
    name: now?.name ?? '',
    cpu: now?.cpu ?? '',
    memory: now?.memory ?? '',
    memory_swap: now?.memory_swap ?? '',
    io_weight: String(now?.io_weight ?? ''),
  });
  const set = (/** @type {string} */ name) => (/** @type {string} */ next) => setValue({ ...value, [name]: next });
  const saving = useAction(async () => {
    const limits = Object.fromEntries(
      Object.entries(value)
        .filter(([name, text]) => name !== 'name' && text !== '')
        .map(([name, text]) => [name, name === 'io_weight' ? Number(text) : text]),
    );
    if (now) await put(profilePath(now.name), limits, { etag });
    else await post('/resource-profiles', { name: value.name, ...limits });
    await saved();
    close();
  });
  const fault = (/** @type {string} */ name) => faultOf(saving.problem, name);
  return html`<form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!saving.busy) saving.run();
  }}>
    ${!now && html`<${TextField} label="Name" value=${value.name} set=${set('name')} required fault=${fault('name')} />`}
    <${TextField} label="Processor" value=${value.cpu} set=${set('cpu')} hint="Thousandths of a core, as 500m; empty: no limit." fault=${fault('cpu')} />
    <${TextField} label="Memory" value=${value.memory} set=${set('memory')} hint="As 512MiB; empty: no limit." fault=${fault('memory')} />
    <${TextField} label="Swap" value=${value.memory_swap} set=${set('memory_swap')} hint="As 0b or 128MiB." fault=${fault('memory_swap')} />
    <${TextField} label="Weight of input and output" value=${value.io_weight} set=${set('io_weight')} inputmode="numeric" hint="1 to 10000; 100 is usual." fault=${fault('io_weight')} />
    ${now && now.cells.length > 0 && html`<p class="note warn">${plural(now.cells.length, 'cell')} get the new limits with the next version that is finalized.</p>`}
    <${Problem} problem=${saving.problem} doing="Save" />
    <div class="actions"><button type="submit" class="primary" disabled=${saving.busy}>Save</button><button type="button" onClick=${close}>Cancel</button></div></form>`;
}

function EditProfile({ name, saved, close }) {
  const loaded = useLoad(() => read(profilePath(name)), [name]);
  return html`<${Dialog} title="Edit ${name}" close=${close}><${Show} from=${loaded} what="the profile">${({ data, etag }) => html`<${Form} now=${data} etag=${etag} saved=${saved} close=${close} />`}<//><//>`;
}

export default function Profiles() {
  const loaded = useLoad(async () => (await all('/resource-profiles')).items, []);
  const [open, setOpen] = useState(/** @type {string | null} */ (null)); // '' for a new one
  const admin = may('admin');
  const askToDelete = (/** @type {any} */ one) =>
    ask({
      title: `Delete the profile ${one.name}`,
      action: 'Delete',
      danger: true,
      body:
        one.manifests.length > 0
          ? html`<p>It cannot be deleted while ${plural(one.manifests.length, 'manifest')} use it: ${one.manifests.join(', ')}.</p>`
          : html`<p>No manifest uses it.</p>`,
      act: async () => {
        await remove(profilePath(one.name));
        await loaded.reload();
      },
    });
  const columns = [
    {
      key: 'name',
      title: 'Profile',
      kind: 'name',
      sort: (/** @type {any} */ one) => one.name,
      show: (/** @type {any} */ one) => html`<strong>${one.name}</strong>`,
    },
    { key: 'cpu', title: 'Processor', show: (/** @type {any} */ one) => one.cpu ?? 'no limit' },
    { key: 'memory', title: 'Memory', show: (/** @type {any} */ one) => one.memory ?? 'no limit' },
    { key: 'swap', title: 'Swap', show: (/** @type {any} */ one) => one.memory_swap },
    { key: 'io', title: 'I/O weight', kind: 'number', show: (/** @type {any} */ one) => one.io_weight },
    {
      key: 'used',
      title: 'Used by',
      show: (/** @type {any} */ one) => (one.manifests.length === 0 ? html`<span class="quiet">nothing</span>` : one.manifests.join(', ')),
    },
    {
      key: 'actions',
      title: '',
      kind: 'row-actions',
      show: (/** @type {any} */ one) =>
        admin &&
        html`<button type="button" aria-label="Edit ${one.name}" onClick=${() => setOpen(one.name)}>Edit</button>
      <button type="button" class="danger" aria-label="Delete ${one.name}" onClick=${() => askToDelete(one)}>Delete</button>`,
    },
  ];
  return html`<div class="heading"><h1>Resource profiles</h1>${admin && html`<button type="button" onClick=${() => setOpen('')}>New profile …</button>`}</div>
    <${Show} from=${loaded} what="the profiles">${(
      /** @type {any[]} */ list,
    ) => html`<${Table} label="Resource profiles" columns=${columns} rows=${list} id=${(/** @type {any} */ one) => one.name}
      empty=${html`<${Empty} title="There is no resource profile."><p>Without one a service has no limits.</p><//>`} />`}<//>
    ${open === '' && html`<${Dialog} title="New resource profile" close=${() => setOpen(null)}><${Form} saved=${loaded.reload} close=${() => setOpen(null)} /><//>`}
    ${open && html`<${EditProfile} name=${open} saved=${loaded.reload} close=${() => setOpen(null)} />`}`;
}
