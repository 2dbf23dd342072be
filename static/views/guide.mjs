// From nothing to a running service, one step after the other; what is done already is ticked off.

import { html, useState } from '../lib/html.mjs';
import { all } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { useLoad } from '../lib/loading.mjs';
import { cellPath, manifestPath, versionPath } from '../lib/paths.mjs';
import { href } from '../lib/router.mjs';
import { Show, State } from '../parts/basics.mjs';
import { BucketForm } from '../parts/bucket_form.mjs';
import { NewCell } from '../parts/new_cell.mjs';
import { NewVersion } from './manifest.mjs';

/** What there is, as far as the steps need it. */
async function look() {
  const [buckets, manifests] = await Promise.all([all('/buckets'), all('/manifests')]);
  const first = manifests.items[0];
  const versions = first ? (await all(`${manifestPath(first.name)}/versions`)).items : [];
  return { bucket: buckets.items[0], manifest: first, versions };
}

function agentConfig(/** @type {any} */ bucket) {
  return `global:
  node_id: node01
object_storage:
  endpoint: ${bucket?.endpoint ?? 'https://s3.example.net'}
  access_key: …
  secret_key: …
  bucket: ${bucket?.bucket_name ?? 'fleet'}
  path_style: ${bucket?.path_style ?? true}
  prefix: ${bucket?.prefix ?? 'prod'}
supervisor:
  conf_d_folder: /etc/supervisor/conf.d
  service_folder: /srv/fleetman`;
}

function Step({ done, now, title, children }) {
  return html`<li class=${done ? 'done' : now ? 'now' : 'later'} aria-current=${now ? 'step' : undefined}><h2>${title} ${done && html`<${State} value="succeeded" text="done" />`}</h2>${(now || done) && children}</li>`;
}

export default function Guide() {
  const cells = useFleet((fleet) => fleet.cells);
  const agents = useFleet((fleet) => fleet.agents);
  const loaded = useLoad(look, [cells.size]);
  const [open, setOpen] = useState('');
  const close = () => setOpen('');
  return html`<h1>First steps</h1><p class="quiet">From a bucket to a running service. You can leave and come back at any time.</p>
    <${Show} from=${loaded} what="what there is already">${({ bucket, manifest, versions }) => {
      const sealed = versions.find((/** @type {any} */ one) => one.state === 'finalized');
      const draft = versions.find((/** @type {any} */ one) => one.state === 'draft');
      const cell = [...cells.values()][0];
      const running = [...cells.values()].find((one) => one.state === 'running');
      const dones = [Boolean(bucket), Boolean(manifest), Boolean(sealed), Boolean(cell), agents.size > 0, Boolean(running)];
      const now = dones.indexOf(false);
      return html`<ol class="guide">
        <${Step} done=${dones[0]} now=${now === 0} title="Connect a bucket"><p>Controller and nodes meet in an S3 bucket and nowhere else: yours, or the store that is built in (<code>embedded_store</code> of the configuration).</p>
          ${bucket ? html`<p><a href=${href(`/buckets/${encodeURIComponent(bucket.name)}`)}>${bucket.name}</a></p>` : html`<button type="button" class="primary" onClick=${() => setOpen('bucket')}>Connect …</button>`}<//>
        <${Step} done=${dones[1]} now=${now === 1} title="Describe the service"><p>A manifest names its files and how it is run.</p>
          ${manifest ? html`<p><a href=${href(manifestPath(manifest.name))}>${manifest.name}</a></p>` : html`<a class="button primary" href=${href('/new-manifest')}>New manifest</a>`}<//>
        <${Step} done=${dones[2]} now=${now === 2} title="Upload a version"><p>A version holds the files; it is checked and sealed when none is missing.</p>
          ${
            sealed
              ? html`<p><a href=${href(versionPath(manifest.name, sealed.version))}>${sealed.version}</a></p>`
              : draft
                ? html`<p><a class="button primary" href=${href(versionPath(manifest.name, draft.version))}>Go on with ${draft.version}</a></p>`
                : manifest && html`<button type="button" class="primary" onClick=${() => setOpen('version')}>Begin a version …</button>`
          }<//>
        <${Step} done=${dones[3]} now=${now === 3} title="Say where it runs"><p>A cell is one manifest on one node.</p>
          ${cell ? html`<p><a href=${href(cellPath(cell.node_id, cell.cell_id))}>${cell.node_id}/${cell.cell_id}</a></p>` : html`<button type="button" class="primary" onClick=${() => setOpen('cell')}>New cell …</button>`}<//>
        <${Step} done=${dones[4]} now=${now === 4} title="Start the agent on the node"><p>It needs nothing but a way to the bucket. Its configuration, to begin with:</p><pre class="code" tabindex="0">${agentConfig(bucket)}</pre>
          <p><code>fleetagent run --config agent_config.yaml</code></p>${agents.size === 0 && html`<p role="status">Waiting for its first report …</p>`}<//>
        <${Step} done=${dones[5]} now=${now === 5} title="Publish"><p>The agent installs it, watches it start, and puts the version before back when it does not stay up.</p>
          ${running ? html`<p><${State} value="running" /> <a href=${href(cellPath(running.node_id, running.cell_id))}>${running.node_id}/${running.cell_id}</a></p>` : cell && html`<a class="button primary" href=${href(cellPath(cell.node_id, cell.cell_id), { tab: 'publish' })}>Preview and publish</a>`}<//>
      </ol>
      ${open === 'bucket' && html`<${BucketForm} close=${close} saved=${loaded.reload} stay=${true} />`}
      ${open === 'version' && html`<${NewVersion} manifest=${manifest.name} versions=${versions} close=${close} />`}
      ${open === 'cell' && html`<${NewCell} close=${close} manifest=${manifest?.name} />`}`;
    }}<//>`;
}
