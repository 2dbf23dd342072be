// What one version changes of another.

import { html } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { get } from '../lib/http.mjs';
import { useLoad } from '../lib/loading.mjs';
import { manifestPath, versionPath } from '../lib/paths.mjs';
import { href } from '../lib/router.mjs';
import { Empty, Show } from '../parts/basics.mjs';
import { UnifiedDiff } from '../parts/diff.mjs';
import { rightsOf } from '../parts/files.mjs';

const looks = /** @type {Record<string, string>} */ ({ added: 'good', removed: 'bad', changed: 'warn' });

function Change({ file }) {
  const head = html`<span class="state ${looks[file.change]}">${file.change}</span> <code>${file.path}</code>
    <span class="quiet">${file.from ? bytes(file.from.size) : ''}${file.from && file.to ? ' → ' : ''}${file.to ? bytes(file.to.size) : ''}${file.rights ? ` ${rightsOf(file.from ?? {})} → ${rightsOf(file.to ?? {})}` : ''}</span>`;
  if (file.diff !== null)
    return html`<li><details open><summary>${head}</summary><${UnifiedDiff} text=${file.diff} label="Differences of ${file.path}" /></details></li>`;
  return html`<li><p class="line">${head} <span class="quiet">${file.no_diff ?? ''}</span></p></li>`;
}

export default function VersionDiff({ given: [manifest], query }) {
  const [from, to] = [query.get('from') ?? '', query.get('to') ?? ''];
  const loaded = useLoad(() => get(`${manifestPath(manifest)}/diff`, { from, to }), [manifest, from, to]);
  return html`<p class="trail"><a href=${href('/manifests')}>Manifests</a> / <a href=${href(manifestPath(manifest))}>${manifest}</a></p>
    <div class="heading"><h1><a href=${href(versionPath(manifest, from))}>${from}</a> → <a href=${href(versionPath(manifest, to))}>${to}</a></h1>
      <a class="button" href=${href(`${manifestPath(manifest)}/diff`, { from: to, to: from })}>Other way round</a></div>
    <${Show} from=${loaded} what="the differences">${(/** @type {any} */ found) =>
      found.files.length === 0
        ? html`<${Empty} title="The two versions are equal." />`
        : html`<p>${plural(found.files.length, 'file')} differ.</p><ul class="file-changes">${found.files.map((/** @type {any} */ file) => html`<${Change} key=${file.path} file=${file} />`)}</ul>`}<//>`;
}
