// Every manifest: what a service consists of, and who uses it.

import { html, useMemo } from '../lib/html.mjs';
import { plural } from '../lib/format.mjs';
import { all } from '../lib/http.mjs';
import { useLoad } from '../lib/loading.mjs';
import { manifestPath } from '../lib/paths.mjs';
import { href, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Show } from '../parts/basics.mjs';
import { Search } from '../parts/filters.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Manifest} Manifest */

const columns = [
  {
    key: 'name',
    title: 'Manifest',
    kind: 'name',
    sort: (/** @type {Manifest} */ one) => one.name,
    show: (/** @type {Manifest} */ one) => html`<a href=${href(manifestPath(one.name))}>${one.name}</a>`,
  },
  {
    key: 'profile',
    title: 'Profile',
    sort: (/** @type {Manifest} */ one) => one.profile,
    show: (/** @type {Manifest} */ one) => one.profile,
  },
  {
    key: 'files',
    title: 'Files',
    kind: 'number',
    sort: (/** @type {Manifest} */ one) => one.files.length,
    show: (/** @type {Manifest} */ one) => one.files.length,
  },
  {
    key: 'cells',
    title: 'Cells',
    kind: 'number',
    sort: (/** @type {Manifest} */ one) => one.cells.length,
    show: (/** @type {Manifest} */ one) => html`<a href=${href('/cells', { manifest: one.name })}>${plural(one.cells.length, 'cell')}</a>`,
  },
  {
    key: 'limits',
    title: 'Limits',
    sort: (/** @type {Manifest} */ one) => one.resource_profile,
    show: (/** @type {Manifest} */ one) => one.resource_profile,
  },
  {
    key: 'bucket',
    title: 'Bucket',
    sort: (/** @type {Manifest} */ one) => one.bucket,
    show: (/** @type {Manifest} */ one) => html`<a href=${href(`/buckets/${encodeURIComponent(one.bucket)}`)}>${one.bucket}</a>`,
  },
];

export default function Manifests() {
  const loaded = useLoad(async () => (await all('/manifests')).items, []);
  const q = (useRoute().query.get('q') ?? '').toLowerCase();
  const rows = useMemo(
    () => (loaded.data ?? []).filter((/** @type {Manifest} */ one) => q === '' || one.name.toLowerCase().includes(q)),
    [loaded.data, q],
  );
  return html`<div class="heading"><h1>Manifests</h1>${may('admin') && html`<a class="button" href=${href('/new-manifest')}>New manifest</a>`}</div>
    <div class="filters"><${Search} label="Search manifests" /></div>
    <${Show} from=${loaded} what="the manifests">${(
      /** @type {Manifest[]} */ list,
    ) => html`<${Table} label="Manifests" columns=${columns} rows=${rows} id=${(/** @type {Manifest} */ one) => one.name}
      empty=${list.length > 0 ? 'No manifest is like that.' : html`<${Empty} title="There is no manifest yet."><p>A manifest says which files a service consists of, and how it is run.</p><p><a class="button primary" href=${href('/new-manifest')}>Make the first one</a></p><//>`} />`}<//>`;
}
