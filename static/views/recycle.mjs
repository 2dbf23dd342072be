// What was deleted and can come back: versions and cells.

import { html, useMemo } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { all, post, remove } from '../lib/http.mjs';
import { learnOperation } from '../lib/live.mjs';
import { useLoad } from '../lib/loading.mjs';
import { operationPath } from '../lib/paths.mjs';
import { go, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Moment, Show } from '../parts/basics.mjs';
import { ask } from '../parts/dialog.mjs';
import { Search } from '../parts/filters.mjs';
import { announce } from '../parts/notices.mjs';
import { Table } from '../parts/table.mjs';

const nameOf = (/** @type {any} */ one) => one.cell ?? (one.manifest && one.version ? `${one.manifest} ${one.version}` : one.folder);
const pathOf = (/** @type {any} */ one) => `/recycle/${encodeURIComponent(one.id)}`;

/** An operation is shown where it runs; what was done at once is said. */
function follow(/** @type {any} */ answer, /** @type {string} */ done) {
  if (answer?.kind && answer?.results) {
    learnOperation(answer);
    go(operationPath(answer.id));
  } else {
    announce(done);
  }
}

function askToRestore(/** @type {any} */ one, /** @type {() => Promise<void>} */ reload) {
  ask({
    title: `Restore ${nameOf(one)}`,
    action: 'Restore',
    body:
      one.kind === 'cell'
        ? html`<p>The cell with its overrides and snapshots is put back; its agent deploys what was published last.</p>`
        : html`<p>The version is put back among those of its manifest. It must not be there again already.</p>`,
    act: async () => {
      follow(await post(`${pathOf(one)}/restore`, undefined, { patience: 300_000 }), `${nameOf(one)} is restored`);
      await reload();
    },
  });
}

function askToDelete(/** @type {any} */ one, /** @type {() => Promise<void>} */ reload) {
  ask({
    title: `Delete ${nameOf(one)} for good`,
    action: 'Delete for good',
    danger: true,
    typed: nameOf(one),
    body: html`<p>${plural(one.object_count ?? 0, 'object')} (${bytes(one.size)}) are deleted from the bucket.</p>`,
    act: async () => {
      follow(await remove(pathOf(one), { patience: 300_000 }), `${nameOf(one)} is gone`);
      await reload();
    },
  });
}

function askToClear(/** @type {any[]} */ list, /** @type {() => Promise<void>} */ reload) {
  ask({
    title: `Clear the recycle bin`,
    action: `Delete ${plural(list.length, 'thing')} for good`,
    danger: true,
    typed: 'recycle bin',
    body: html`<ul class="preview">${list.slice(0, 50).map((one) => html`<li key=${one.id}>${one.kind} <strong>${nameOf(one)}</strong></li>`)}</ul>${list.length > 50 && html`<p class="quiet">and ${list.length - 50} more</p>`}`,
    act: async () => {
      follow(await remove('/recycle'), 'The recycle bin is empty');
      await reload();
    },
  });
}

export default function Recycle() {
  const loaded = useLoad(async () => (await all('/recycle')).items, []);
  const q = (useRoute().query.get('q') ?? '').toLowerCase();
  const rows = useMemo(
    () => (loaded.data ?? []).filter((/** @type {any} */ one) => q === '' || nameOf(one).toLowerCase().includes(q)),
    [loaded.data, q],
  );
  const columns = useMemo(
    () => [
      {
        key: 'name',
        title: 'What',
        kind: 'name',
        sort: nameOf,
        show: (/** @type {any} */ one) => html`<span class="tag">${one.kind}</span> ${nameOf(one)}`,
      },
      {
        key: 'when',
        title: 'Deleted',
        kind: 'wide',
        sort: (/** @type {any} */ one) => one.deleted_at ?? '',
        show: (/** @type {any} */ one) => html`<${Moment} at=${one.deleted_at} none="not known" />`,
      },
      {
        key: 'size',
        title: 'Size',
        kind: 'number',
        sort: (/** @type {any} */ one) => one.size ?? -1,
        show: (/** @type {any} */ one) => bytes(one.size),
      },
      { key: 'bucket', title: 'Bucket', show: (/** @type {any} */ one) => one.bucket },
      {
        key: 'actions',
        title: '',
        kind: 'row-actions',
        show: (/** @type {any} */ one) => html`
      ${may('operator') && html`<button type="button" aria-label="Restore ${nameOf(one)}" onClick=${() => askToRestore(one, loaded.reload)}>Restore</button>`}
      ${may('admin') && html`<button type="button" class="danger" aria-label="Delete ${nameOf(one)} for good" onClick=${() => askToDelete(one, loaded.reload)}>Delete</button>`}`,
      },
    ],
    [loaded.reload],
  );
  return html`<div class="heading"><h1>Recycle bin</h1>${may('admin') && loaded.data && loaded.data.length > 0 && html`<button type="button" class="danger" onClick=${() => askToClear(loaded.data ?? [], loaded.reload)}>Clear …</button>`}</div>
    <div class="filters"><${Search} label="Search the recycle bin" /></div>
    <${Show} from=${loaded} what="the recycle bin">${(
      /** @type {any[]} */ list,
    ) => html`<${Table} label="Recycled" columns=${columns} rows=${rows} id=${(/** @type {any} */ one) => one.id}
      empty=${list.length > 0 ? 'Nothing is like that.' : html`<${Empty} title="The recycle bin is empty."><p>Deleted versions and archived cells come here, and can be restored.</p><//>`} />`}<//>`;
}
