// A cell's own files, laid over those of every version published to it.

import { html, useMemo, useState } from '../lib/html.mjs';
import { bytes } from '../lib/format.mjs';
import { all, get, patch, remove, upload } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { cellFilePath, cellPath, manifestPath, overridePath } from '../lib/paths.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Moment, Problem, Show } from '../parts/basics.mjs';
import { Dialog, ask } from '../parts/dialog.mjs';
import { EditFile } from '../parts/edit_file.mjs';
import { DropPlace, Uploads, ViewFile, rightsOf, useUploads } from '../parts/files.mjs';
import { Choice, Field, TextField, faultOf } from '../parts/form.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Override} Override */

function Rights({ cell, file, saved, close }) {
  const [value, setValue] = useState({
    file_type: file.file_type ?? 'text',
    owner: file.owner ?? '',
    group: file.group ?? '',
    mode: file.mode ?? '',
  });
  const set = (/** @type {string} */ name) => (/** @type {string} */ next) => setValue({ ...value, [name]: next });
  const saving = useAction(async () => {
    const wanted = Object.fromEntries(Object.entries(value).filter(([, text]) => text !== ''));
    await patch(overridePath(cell.node_id, cell.cell_id, file.path), wanted, { etag: `"${file.etag}"` });
    saved();
    close();
  });
  return html`<${Dialog} title="Rights of ${file.path}" close=${close}><form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!saving.busy) saving.run();
  }}>
    <${Choice} label="Kind" value=${value.file_type} set=${set('file_type')} options=${['text', 'template', 'binary', 'folder']} fault=${faultOf(saving.problem, 'file_type')} />
    <${TextField} label="Owner" value=${value.owner} set=${set('owner')} hint=${file.replaces?.owner ? `The manifest says ${file.replaces.owner}.` : ''} fault=${faultOf(saving.problem, 'owner')} />
    <${TextField} label="Group" value=${value.group} set=${set('group')} hint=${file.replaces?.group ? `The manifest says ${file.replaces.group}.` : ''} fault=${faultOf(saving.problem, 'group')} />
    <${TextField} label="Mode" value=${value.mode} set=${set('mode')} hint=${file.replaces?.mode ? `Octal; the manifest says ${file.replaces.mode}.` : 'Octal, as 0640.'} fault=${faultOf(saving.problem, 'mode')} />
    <${Problem} problem=${saving.problem} doing="Change the rights" />
    <div class="actions"><button type="submit" class="primary" disabled=${saving.busy}>Save</button><button type="button" onClick=${close}>Cancel</button></div></form><//>`;
}

/** A new override: usually one of the manifest's files, beginning as the text that runs. */
function NewOverride({ cell, known, begin, close }) {
  const manifest = useLoad(() => get(manifestPath(cell.manifest)), [cell.manifest]);
  const [path, setPath] = useState('');
  return html`<${Dialog} title="New override" close=${close}><${Show} from=${manifest} what="the manifest">${(
    /** @type {any} */ found,
  ) => html`
    <form onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      begin(
        path,
        found.files.some((/** @type {any} */ one) => one.path === path),
      );
    }}>
      <${Field} label="Path" hint="A file of the manifest that this cell has another way, or a file of its own.">${(
        /** @type {string} */ id,
        /** @type {string} */ described,
      ) => html`
        <input id=${id} aria-describedby=${described} list="${id}-files" required value=${path} autocomplete="off" spellcheck="false" onInput=${(/** @type {any} */ event) => setPath(event.currentTarget.value)} />
        <datalist id="${id}-files">${found.files.filter((/** @type {any} */ one) => one.file_type !== 'folder' && !known.includes(one.path)).map((/** @type {any} */ one) => html`<option key=${one.path} value=${one.path}></option>`)}</datalist>`}<//>
      <div class="actions"><button type="submit" class="primary">Edit</button><button type="button" onClick=${close}>Cancel</button></div></form>`}<//><//>`;
}

/** Whether the agent replaces tokens in it. */
const hasTokens = (/** @type {Override} */ one) =>
  one.path === 'run.sh' || one.path === 'app.service' || (one.file_type ?? one.replaces?.file_type) === 'template';

const replaced = (/** @type {Override} */ one) =>
  one.replaces
    ? html`the manifest’s file <span class="quiet">${rightsOf(one.replaces)}</span>`
    : html`<span class="quiet">nothing: a file of its own</span>`;

export function CellOverrides({ cell }) {
  const path = `${cellPath(cell.node_id, cell.cell_id)}/overrides`;
  const loaded = useLoad(async () => (await all(path)).items, [path]);
  const [open, setOpen] = useState(/** @type {any} */ (null)); // { kind, file, … }
  const close = () => setOpen(null);
  const operator = may('operator') && cell.managed;
  const at = (/** @type {string} */ file) => overridePath(cell.node_id, cell.cell_id, file);
  const uploads = useUploads((file, content, told, signal) => upload(at(file), content, { told, signal }), loaded.reload);
  const askToRemove = (/** @type {Override} */ one) =>
    ask({
      title: `Remove the override ${one.path}`,
      action: 'Remove',
      danger: true,
      body: html`<p>The next version published to ${cell.node_id}/${cell.cell_id} has ${one.replaces ? 'the manifest’s file' : 'no such file'} again. What runs now stays as it is.</p>`,
      act: async () => {
        await remove(at(one.path), { etag: `"${one.etag}"` });
        await loaded.reload();
      },
    });
  const columns = useMemo(
    () => [
      {
        key: 'path',
        title: 'Path',
        kind: 'name',
        show: (/** @type {Override} */ one) =>
          html`<button type="button" class="as-link" onClick=${() => setOpen({ kind: 'view', file: one })}><code>${one.path}</code></button>`,
      },
      { key: 'replaces', title: 'Replaces', show: replaced },
      {
        key: 'rights',
        title: 'Rights',
        show: (/** @type {Override} */ one) => rightsOf(one) || html`<span class="quiet">as the manifest says</span>`,
      },
      { key: 'size', title: 'Size', kind: 'number', show: (/** @type {Override} */ one) => bytes(one.size) },
      { key: 'modified', title: 'Changed', show: (/** @type {Override} */ one) => html`<${Moment} at=${one.modified} short />` },
      {
        key: 'actions',
        title: '',
        kind: 'row-actions',
        show: (/** @type {Override} */ one) =>
          operator &&
          html`
      ${!one.path.endsWith('/') && html`<button type="button" aria-label="Edit ${one.path}" onClick=${() => setOpen({ kind: 'edit', file: one })}>Edit</button>`}
      <button type="button" aria-label="Rights of ${one.path}" onClick=${() => setOpen({ kind: 'rights', file: one })}>Rights</button>
      <button type="button" class="danger" aria-label="Remove ${one.path}" onClick=${() => askToRemove(one)}>Remove</button>`,
      },
    ],
    [operator, loaded.reload],
  );
  return html`<p class="quiet">They come with the next version that is published to this cell.</p>
    ${
      operator &&
      html`<${DropPlace} take=${uploads.start}>Drop files here to override files of the same path.<//><${Uploads} uploads=${uploads} />
      <p><button type="button" onClick=${() => setOpen({ kind: 'new' })}>New override …</button></p>`
    }
    <${Show} from=${loaded} what="the overrides">${(
      /** @type {Override[]} */ list,
    ) => html`<${Table} label="Overrides" columns=${columns} rows=${list} id=${(/** @type {Override} */ one) => one.path}
      empty=${html`<${Empty} title="This cell has no file of its own." />`} />
      ${
        open?.kind === 'new' &&
        html`<${NewOverride} cell=${cell} known=${list.map((one) => one.path)} close=${close} begin=${(
          /** @type {string} */ file,
          /** @type {boolean} */ inManifest,
        ) =>
          setOpen({
            kind: 'create',
            file: { path: file },
            source: inManifest && cell.running_version ? cellFilePath(cell.node_id, cell.cell_id, cell.running_version, file) : undefined,
          })} />`
      }`}<//>
    ${open?.kind === 'view' && html`<${ViewFile} title=${open.file.path} path=${at(open.file.path)} close=${close} />`}
    ${open?.kind === 'edit' && html`<${EditFile} title="Edit ${open.file.path}" path=${at(open.file.path)} saved=${loaded.reload} close=${close} templates=${hasTokens(open.file)} />`}
    ${open?.kind === 'create' && html`<${EditFile} title="New override ${open.file.path}" path=${at(open.file.path)} source=${open.source} fresh=${true} saved=${loaded.reload} close=${close} templates=${hasTokens(open.file)} />`}
    ${open?.kind === 'rights' && html`<${Rights} cell=${cell} file=${open.file} saved=${loaded.reload} close=${close} />`}`;
}
