// A manifest: its versions, and its definition.

import { html, useState } from '../lib/html.mjs';
import { bytes, compareVersions, nextVersion, plural } from '../lib/format.mjs';
import { all, post, read, remove } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { manifestPath, raw, versionPath } from '../lib/paths.mjs';
import { go, href } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Facts, Moment, Problem, Show, State } from '../parts/basics.mjs';
import { Dialog, ask } from '../parts/dialog.mjs';
import { Choice, TextField, faultOf } from '../parts/form.mjs';
import { rightsOf } from '../parts/files.mjs';
import { NewCell } from '../parts/new_cell.mjs';
import { PublishDialog } from '../parts/publish.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Version} Version */

/** @param {{ manifest: string, versions: Version[], from?: string, close: () => void }} props */
export function NewVersion({ manifest, versions, from = undefined, close }) {
  const newest = [...versions].sort((a, b) => compareVersions(b.version, a.version))[0]?.version;
  const [version, setVersion] = useState(nextVersion(newest));
  const [source, setSource] = useState(from ?? newest ?? '');
  const beginning = useAction(async () => {
    await post(`${manifestPath(manifest)}/versions`, source === '' ? { version } : { version, clone_from: source }, { patience: 300_000 });
    close();
    go(versionPath(manifest, version));
  });
  return html`<${Dialog} title="New version of ${manifest}" close=${close}><form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!beginning.busy) beginning.run();
  }}>
    <${TextField} label="Version" value=${version} set=${setVersion} required pattern="v[0-9]+[.][0-9]+[.][0-9]+" hint="As v1.2.3" fault=${faultOf(beginning.problem, 'version')} />
    <${Choice} label="Begins as" value=${source} set=${setSource} options=${[...versions.map((one) => [one.version, `a copy of ${one.version}`]), ['', 'nothing: an empty version']]} />
    <${Problem} problem=${beginning.problem} doing="Begin ${version}" />
    <div class="actions"><button type="submit" class="primary" disabled=${beginning.busy}>${beginning.busy ? 'Copying …' : `Begin ${version}`}</button><button type="button" onClick=${close}>Cancel</button></div></form><//>`;
}

export function askToRecycle(
  /** @type {string} */ manifest,
  /** @type {{ version: string, cells: string[], file_count: number }} */ one,
  /** @type {() => any} */ then,
) {
  ask({
    title: `Delete ${manifest} ${one.version}`,
    action: 'Move to the recycle bin',
    danger: true,
    body: html`<p>${plural(one.file_count, 'file')} move to the recycle bin, and can be restored from there.
      ${one.cells.length > 0 ? ` It runs on ${plural(one.cells.length, 'cell')} (${one.cells.slice(0, 5).join(', ')}), which keep their snapshots.` : ' No cell runs it.'}</p>`,
    act: async () => {
      await remove(versionPath(manifest, one.version));
      await then();
    },
  });
}

function Compare({ manifest, versions }) {
  const [from, setFrom] = useState(versions[1].version);
  const [to, setTo] = useState(versions[0].version);
  const names = versions.map((/** @type {Version} */ one) => one.version);
  return html`<form class="inline" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    go(`${manifestPath(manifest)}/diff`, { from, to });
  }}>
    <${Choice} label="From" value=${from} set=${setFrom} options=${names} /><${Choice} label="To" value=${to} set=${setTo} options=${names} /><button type="submit">Compare</button></form>`;
}

function Versions({ name, loaded, publish, begin }) {
  const operator = may('operator');
  const columns = [
    {
      key: 'version',
      title: 'Version',
      kind: 'name',
      show: (/** @type {Version} */ one) => html`<a href=${href(versionPath(name, one.version))}>${one.version}</a>`,
    },
    { key: 'state', title: 'State', show: (/** @type {Version} */ one) => html`<${State} value=${one.state} />` },
    { key: 'files', title: 'Files', kind: 'number', show: (/** @type {Version} */ one) => one.file_count },
    { key: 'size', title: 'Size', kind: 'number', show: (/** @type {Version} */ one) => bytes(one.size) },
    {
      key: 'cells',
      title: 'Runs on',
      show: (/** @type {Version} */ one) =>
        one.cells.length === 0
          ? html`<span class="quiet">–</span>`
          : html`<span title=${one.cells.join(', ')}>${one.cells.length === 1 ? one.cells[0] : plural(one.cells.length, 'cell')}</span>`,
    },
    { key: 'modified', title: 'Changed', kind: 'wide', show: (/** @type {Version} */ one) => html`<${Moment} at=${one.modified} short />` },
    {
      key: 'actions',
      title: '',
      kind: 'row-actions',
      show: (/** @type {Version} */ one) =>
        operator &&
        html`
      ${one.state === 'finalized' && html`<button type="button" aria-label="Publish ${one.version}" onClick=${() => publish(one.version)}>Publish</button>`}
      <button type="button" aria-label="Clone ${one.version}" onClick=${() => begin(one.version)}>Clone</button>
      <button type="button" class="danger" aria-label="Delete ${one.version}" onClick=${() => askToRecycle(name, one, loaded.reload)}>Delete</button>`,
    },
  ];
  return html`<${Show} from=${loaded} what="the versions">${(
    /** @type {Version[]} */ list,
  ) => html`<${Table} label="Versions of ${name}" columns=${columns} rows=${list} id=${(/** @type {Version} */ one) => one.version}
      empty=${html`<${Empty} title="It has no version yet."><p>A version holds the files; it is filled, checked and sealed.</p>${operator && html`<p><button type="button" class="primary" onClick=${() => begin(undefined)}>Begin the first one</button></p>`}<//>`} />
    ${list.length > 1 && html`<${Compare} manifest=${name} versions=${list} />`}`}<//>`;
}

function Definition({ manifest }) {
  return html`<${Facts} rows=${[
    ['Profile', manifest.profile],
    ['Bucket', html`<a href=${href(`/buckets/${encodeURIComponent(manifest.bucket)}`)}>${manifest.bucket}</a>`],
    ['Limits', html`<a href=${href('/resource-profiles')}>${manifest.resource_profile}</a>`],
    ['Runs as', `${manifest.service_owner ?? 'root'}:${manifest.service_group ?? 'root'}`],
    [
      'Logs',
      manifest.collect_logs
        ? `${manifest.log_files?.join(', ') || 'none named'}, the last ${plural(manifest.max_log_lines, 'line')}`
        : 'not collected',
    ],
    [
      'Health',
      (manifest.health ?? []).length === 0
        ? 'that it stays up'
        : manifest.health
            .map((/** @type {any} */ one) => `${one.type} ${one.url ?? one.address ?? (one.command ?? []).join(' ')}`)
            .join('; '),
    ],
  ]} />
  <ul class="plain-list">${manifest.files.map((/** @type {any} */ file) => html`<li key=${file.path}><code>${file.path}</code> <span class="quiet">${rightsOf(file)}</span></li>`)}</ul>`;
}

export default function ManifestPage({ given: [name] }) {
  const manifest = useLoad(() => read(manifestPath(name)), [name]);
  const running = useFleet((fleet) =>
    [...fleet.cells.values()]
      .filter((one) => one.manifest === name)
      .map((one) => one.running_version)
      .join(),
  );
  const versions = useLoad(async () => (await all(`${manifestPath(name)}/versions`)).items, [name, running]);
  const cells = useFleet((fleet) => fleet.cells);
  const own = [...cells.values()].filter((one) => one.manifest === name && one.managed);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const operator = may('operator');
  const askToDelete = () =>
    ask({
      title: `Delete manifest ${name}`,
      action: 'Delete',
      danger: true,
      body:
        own.length > 0
          ? html`<p>It cannot be deleted while ${plural(own.length, 'cell')} use it: ${own
              .slice(0, 10)
              .map((one) => `${one.node_id}/${one.cell_id}`)
              .join(', ')}. Archive them first.</p>`
          : html`<p>No cell uses it. Its versions stay in the bucket.</p>`,
      act: async () => {
        await remove(manifestPath(name), { etag: manifest.data?.etag });
        go('/manifests');
      },
    });
  return html`<p class="trail"><a href=${href('/manifests')}>Manifests</a></p>
    <div class="heading"><h1>${name}</h1>
      ${
        operator &&
        html`<button type="button" class="primary" onClick=${() => setOpen({ kind: 'version' })}>New version …</button>
        <a class="button" href=${href(`${manifestPath(name)}/edit`)}>Edit</a><a class="button" href=${href('/new-manifest', { from: name })}>Duplicate</a>
        <button type="button" onClick=${() => setOpen({ kind: 'cell' })}>New cell …</button><button type="button" class="danger" onClick=${askToDelete}>Delete …</button>`
      }
      <a class="raw" href=${raw(manifestPath(name))}>JSON</a></div>
    <p><a href=${href('/cells', { manifest: name })}>${plural(own.length, 'cell')}</a> ${own.length === 1 ? 'uses' : 'use'} it.</p>
    <h2>Versions</h2>
    <${Versions} name=${name} loaded=${versions} begin=${(/** @type {string} */ from) => setOpen({ kind: 'version', from })} publish=${(/** @type {string} */ version) => (own.length > 0 ? setOpen({ kind: 'publish', version }) : setOpen({ kind: 'cell' }))} />
    <h2>Definition</h2>
    <${Show} from=${manifest} what="the manifest">${({ data }) => html`<${Definition} manifest=${data} />`}<//>
    ${open?.kind === 'version' && versions.data && html`<${NewVersion} manifest=${name} versions=${versions.data} from=${open.from} close=${() => setOpen(null)} />`}
    ${open?.kind === 'cell' && html`<${NewCell} manifest=${name} close=${() => setOpen(null)} />`}
    ${open?.kind === 'publish' && html`<${PublishDialog} manifest=${name} cells=${own} version=${open.version} close=${() => setOpen(null)} />`}`;
}
