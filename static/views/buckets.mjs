// Where the fleets' buckets are, and whether they can do what is needed.

import { html, useState } from '../lib/html.mjs';
import { all } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { useLoad } from '../lib/loading.mjs';
import { bucketPath } from '../lib/paths.mjs';
import { href } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Show, State } from '../parts/basics.mjs';
import { BucketForm } from '../parts/bucket_form.mjs';
import { Table } from '../parts/table.mjs';

export default function Buckets() {
  const loaded = useLoad(async () => (await all('/buckets')).items, []);
  const problems = useFleet((fleet) => fleet.buckets);
  const [creating, setCreating] = useState(false);
  const columns = [
    {
      key: 'name',
      title: 'Connection',
      kind: 'name',
      sort: (/** @type {any} */ one) => one.name,
      show: (/** @type {any} */ one) => html`<a href=${href(bucketPath(one.name))}>${one.name}</a>`,
    },
    {
      key: 'state',
      title: 'State',
      show: (/** @type {any} */ one) =>
        problems.has(one.name)
          ? html`<span title=${problems.get(one.name)}><${State} value="failed" text="does not answer" /></span>`
          : html`<${State} value="active" text="answers" />`,
    },
    {
      key: 'bucket',
      title: 'Bucket',
      show: (/** @type {any} */ one) => html`${one.bucket_name} <span class="quiet">/ ${one.prefix}</span>`,
    },
    { key: 'endpoint', title: 'Endpoint', show: (/** @type {any} */ one) => one.endpoint },
    { key: 'key', title: 'Access key', show: (/** @type {any} */ one) => html`<code>${one.access_key}</code>` },
  ];
  return html`<div class="heading"><h1>Buckets</h1>${may('admin') && html`<button type="button" onClick=${() => setCreating(true)}>New connection …</button>`}</div>
    <${Show} from=${loaded} what="the bucket connections">${(
      /** @type {any[]} */ list,
    ) => html`<${Table} label="Bucket connections" columns=${columns} rows=${list} id=${(/** @type {any} */ one) => one.name}
      empty=${html`<${Empty} title="There is no bucket connection yet."><p>A bucket is all that controller and nodes share.</p>${may('admin') && html`<p><button type="button" class="primary" onClick=${() => setCreating(true)}>Connect the first one</button></p>`}<//>`} />`}<//>
    ${creating && html`<${BucketForm} close=${() => setCreating(false)} saved=${loaded.reload} />`}`;
}
