// Finds what nobody needs any more, and removes what was ticked.

import { html, useMemo, useState } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { post } from '../lib/http.mjs';
import { learnOperation } from '../lib/live.mjs';
import { useAction } from '../lib/loading.mjs';
import { operationPath } from '../lib/paths.mjs';
import { go } from '../lib/router.mjs';
import { Moment, Problem } from './basics.mjs';
import { ask } from './dialog.mjs';
import { Table } from './table.mjs';

const columns = [
  { key: 'what', title: 'Folder', kind: 'name', show: (/** @type {any} */ one) => html`<code>${one.folder}</code>` },
  { key: 'kind', title: 'What it is', show: (/** @type {any} */ one) => one.kind.replaceAll('_', ' ') },
  { key: 'size', title: 'Size', kind: 'number', show: (/** @type {any} */ one) => `${one.object_count} · ${bytes(one.size)}` },
  { key: 'modified', title: 'Changed', show: (/** @type {any} */ one) => html`<${Moment} at=${one.modified} short />` },
  { key: 'reason', title: 'Why', kind: 'reason', show: (/** @type {any} */ one) => html`<span title=${one.reason}>${one.reason}</span>` },
];

export function Cleanup() {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [ticked, setTicked] = useState(/** @type {Set<string>} */ (new Set()));
  const looking = useAction(async () => {
    setFound(await post('/cleanup', {}, { query: { dry_run: true }, patience: 300_000 }));
    setTicked(new Set());
  });
  const chosen = useMemo(() => (found?.items ?? []).filter((/** @type {any} */ one) => ticked.has(one.id)), [found, ticked]);
  const askToRemove = () =>
    ask({
      title: `Remove ${plural(chosen.length, 'folder')}`,
      action: `Remove ${plural(chosen.length, 'folder')}`,
      danger: true,
      typed: chosen.some((/** @type {any} */ one) => one.kind === 'publish_stray') ? 'remove' : undefined,
      body: html`<p>Versions go to the recycle bin; what broken publishes left goes for good.</p><ul class="preview">${chosen.slice(0, 50).map((/** @type {any} */ one) => html`<li key=${one.id}><code>${one.folder}</code> ${bytes(one.size)}</li>`)}</ul>`,
      act: async () => {
        const operation = await post('/cleanup', { items: chosen.map((/** @type {any} */ one) => one.id) });
        learnOperation(operation);
        go(operationPath(operation.id));
      },
    });
  return html`<section aria-labelledby="cleanup-title"><div class="heading"><h2 id="cleanup-title">Clean up</h2><button type="button" disabled=${looking.busy} onClick=${looking.run}>${looking.busy ? 'Looking …' : 'Look for leftovers'}</button></div>
    <p class="quiet">Versions of manifests that are gone, drafts nobody finished, and what broken publishes left behind, when older than a day.</p>
    <${Problem} problem=${looking.problem} doing="Look for leftovers" />
    ${
      found &&
      html`<p>${found.count === 0 ? 'Nothing is left over.' : `${plural(found.count, 'folder')} with ${plural(found.object_count, 'object')}, ${bytes(found.size)}.`}
        ${chosen.length > 0 && html` <button type="button" class="danger" onClick=${askToRemove}>Remove ${chosen.length} …</button>`}</p>
      ${found.count > 0 && html`<${Table} label="Leftovers" columns=${columns} rows=${found.items} id=${(/** @type {any} */ one) => one.id} chosen=${ticked} choose=${setTicked} parameter="order" empty="" />`}`
    }</section>`;
}
