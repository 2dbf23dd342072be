// One bucket: what its store can do, and what is in it.

import { html, useState } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { all, get, post, read, remove } from '../lib/http.mjs';
import { learnOperation } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { bucketPath, folderPath, objectPath, operationPath, raw } from '../lib/paths.mjs';
import { go, href, setQuery } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Facts, Moment, Problem, Show, State } from '../parts/basics.mjs';
import { BucketForm } from '../parts/bucket_form.mjs';
import { ask } from '../parts/dialog.mjs';
import { ViewFile } from '../parts/files.mjs';
import { Table } from '../parts/table.mjs';

const mostObjects = 20_000; // of one folder: a bucket may hold millions

const meanings = /** @type {Record<string, [string, string]>} */ ({
  enforced: ['active', 'enforced'],
  ignored: ['warning', 'ignored: two controllers could overwrite each other unseen'],
  refused: ['warning', 'refused: the store does not know it'],
  unknown: ['unknown', 'not known'],
});

/** Every operation that Fleetman needs, tried below the prefix. */
function Tried({ name }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const trying = useAction(async () => setFound(await post(`${bucketPath(name)}/check`, undefined, { patience: 120_000 })));
  return html`<section aria-labelledby="check-title"><div class="heading"><h2 id="check-title">Check</h2>
      <button type="button" disabled=${trying.busy} onClick=${trying.run}>${trying.busy ? 'Trying …' : 'Try every operation'}</button></div>
    <${Problem} problem=${trying.problem} doing="Check" />
    ${
      found &&
      html`<p><${State} value=${found.ok ? 'succeeded' : 'failed'} text=${found.ok ? 'The store does all that is needed' : 'Something that is needed does not work'} /></p>
      <div class="table"><table class="plain"><thead><tr><th scope="col">Operation</th><th scope="col">Result</th><th scope="col" class="number">Took</th></tr></thead>
      <tbody>${found.steps.map(
        (/** @type {any} */ step) => html`<tr key=${step.operation}><td>${step.operation}</td>
        <td><${State} value=${step.ok ? 'succeeded' : 'failed'} text=${step.ok ? 'works' : 'fails'} /> <span class="reason">${step.error}</span></td><td class="number">${step.latency_ms} ms</td></tr>`,
      )}</tbody></table></div>
      <${Facts} rows=${[
        ['put_if_absent', 'Writes only if absent'],
        ['put_if_unchanged', 'Writes only if unchanged'],
      ].map(([key, title]) => {
        const [state, text] = meanings[found.capabilities[/** @type {string} */ (key)]] ?? ['unknown', 'not known'];
        return [title, html`<${State} value=${state} text=${text} />`];
      })} />`
    }</section>`;
}

function Trail({ prefix }) {
  const parts = prefix.split('/').filter(Boolean);
  return html`<nav aria-label="Folder" class="crumbs"><button type="button" class="as-link" onClick=${() => setQuery({ prefix: null })}>top</button>${parts.map(
    (/** @type {string} */ part, /** @type {number} */ at) => {
      const path = `${parts.slice(0, at + 1).join('/')}/`;
      return html`<span key=${path}> / <button type="button" class="as-link" onClick=${() => setQuery({ prefix: path })}>${part}</button></span>`;
    },
  )}</nav>`;
}

async function askToDeleteFolder(/** @type {string} */ bucket, /** @type {string} */ prefix) {
  const preview = await remove(folderPath(bucket, prefix), { query: { dry_run: true }, patience: 120_000 });
  ask({
    title: `Delete the folder ${prefix}`,
    action: `Delete ${plural(preview.object_count, 'object')}`,
    danger: true,
    typed: prefix,
    body: html`<p>${plural(preview.object_count, 'object')}, ${bytes(preview.size)}, all for good:</p><ul class="preview">${preview.keys.slice(0, 50).map((/** @type {string} */ key) => html`<li key=${key}><code>${key}</code></li>`)}</ul>
      ${preview.object_count > 50 && html`<p class="quiet">and ${preview.object_count - 50} more</p>`}`,
    act: async () => {
      const operation = await remove(folderPath(bucket, prefix));
      learnOperation(operation);
      go(operationPath(operation.id));
    },
  });
}

function Objects({ bucket, prefix }) {
  const loaded = useLoad(async () => {
    const page = await get(`${bucketPath(bucket)}/objects`, { prefix, delimiter: '/', limit: 1000 });
    return page;
  }, [bucket, prefix]);
  const rest = useAction(async () => {
    setLong(await all(`${bucketPath(bucket)}/objects`, { prefix, delimiter: '/' }, undefined, mostObjects));
  });
  const [long, setLong] = useState(/** @type {{ items: any[], more: boolean } | null} */ (null));
  const [seen, see] = useState('');
  const deleting = useAction(askToDeleteFolder);
  const askToDelete = (/** @type {any} */ one) =>
    ask({
      title: `Delete ${one.key}`,
      action: 'Delete',
      danger: true,
      typed: one.key.split('/').at(-1),
      body: html`<p>${bytes(one.size)} are deleted for good. No rule of versions or cells holds here.</p>`,
      act: async () => {
        await remove(objectPath(bucket, one.key), { etag: `"${one.etag}"` });
        await loaded.reload();
      },
    });
  const columns = [
    {
      key: 'key',
      title: 'Name',
      kind: 'name',
      sort: (/** @type {any} */ one) => one.key,
      show: (/** @type {any} */ one) =>
        html`<button type="button" class="as-link" onClick=${() => (one.kind === 'folder' ? setQuery({ prefix: one.key }) : see(one.key))}><code>${one.key.slice(prefix.length)}</code></button>`,
    },
    {
      key: 'size',
      title: 'Size',
      kind: 'number',
      sort: (/** @type {any} */ one) => one.size ?? -1,
      show: (/** @type {any} */ one) => bytes(one.size),
    },
    {
      key: 'modified',
      title: 'Changed',
      kind: 'wide',
      sort: (/** @type {any} */ one) => one.modified ?? '',
      show: (/** @type {any} */ one) => html`<${Moment} at=${one.modified} none="" />`,
    },
    {
      key: 'actions',
      title: '',
      kind: 'row-actions',
      show: (/** @type {any} */ one) =>
        may('admin') &&
        html`<button type="button" class="danger" aria-label="Delete ${one.key}" onClick=${() => (one.kind === 'folder' ? deleting.run(bucket, one.key) : askToDelete(one))}>Delete</button>`,
    },
  ];
  return html`<${Trail} prefix=${prefix} /><${Problem} problem=${deleting.problem} doing="Look what would go" />
    <${Show} from=${loaded} what="the folder">${(
      /** @type {any} */ page,
    ) => html`<${Table} label="Objects" columns=${columns} rows=${long?.items ?? page.items} id=${(/** @type {any} */ one) => one.key} empty=${html`<${Empty} title="Nothing is here." />`} />
      ${long?.more && html`<p class="quiet">Only the first ${mostObjects.toLocaleString()} are shown: go into a folder, or list it with an S3 client.</p>`}
      ${page.next && !long && html`<p><button type="button" disabled=${rest.busy} onClick=${rest.run}>${rest.busy ? 'Loading …' : 'There is more: load it'}</button></p>`}`}<//>
    ${seen !== '' && html`<${ViewFile} title=${seen} path=${objectPath(bucket, seen)} close=${() => see('')} />`}`;
}

export default function BucketPage({ given: [name], query }) {
  const loaded = useLoad(() => read(bucketPath(name)), [name]);
  const [editing, setEditing] = useState(false);
  const prefix = query.get('prefix') ?? '';
  const askToDelete = () =>
    ask({
      title: `Delete the connection ${name}`,
      action: 'Delete',
      danger: true,
      body: html`<p>Only the connection goes; what is in the bucket stays. It is refused while a manifest or cell uses it.</p>`,
      act: async () => {
        await remove(bucketPath(name), { etag: loaded.data?.etag });
        go('/buckets');
      },
    });
  return html`<p class="trail"><a href=${href('/buckets')}>Buckets</a></p>
    <div class="heading"><h1>${name}</h1>${may('admin') && html`<button type="button" disabled=${!loaded.data} onClick=${() => setEditing(true)}>Edit …</button><button type="button" class="danger" onClick=${askToDelete}>Delete …</button>`}
      <a class="raw" href=${raw(bucketPath(name))}>JSON</a></div>
    <${Show} from=${loaded} what="the connection">${({ data, etag }) => html`<${Facts} rows=${[
      ['Endpoint', data.endpoint],
      ['Bucket', data.bucket_name],
      ['Prefix', data.prefix],
      ['Region', data.region],
      ['Access key', html`<code>${data.access_key}</code>`],
    ]} />
      ${editing && html`<${BucketForm} now=${data} etag=${etag} saved=${loaded.reload} close=${() => setEditing(false)} />`}`}<//>
    ${may('operator') && html`<${Tried} name=${name} />`}
    <h2>Objects</h2><${Objects} key=${prefix} bucket=${name} prefix=${prefix} />`;
}
