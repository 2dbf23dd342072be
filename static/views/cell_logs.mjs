// What the agent wrote about the last deployment: why it failed, and the service's last words.

import { html, useMemo } from '../lib/html.mjs';
import { get } from '../lib/http.mjs';
import { useLoad } from '../lib/loading.mjs';
import { cellPath, raw } from '../lib/paths.mjs';
import { Copyable, Problem } from '../parts/basics.mjs';

/** A log may be lines, one text, or null when there is no such file. */
const textOf = (/** @type {unknown} */ log) => (Array.isArray(log) ? log.join('\n') : typeof log === 'string' ? log : null);

export function CellLogs({ cell }) {
  const path = `${cellPath(cell.node_id, cell.cell_id)}/status`;
  const loaded = useLoad(() => (cell.applied_at ? get(path) : Promise.resolve(null)), [path, cell.applied_at, cell.state]);
  const status = loaded.data;
  const logs = useMemo(() => Object.entries(status?.logs ?? {}), [status]);
  if (loaded.problem && loaded.problem.status !== 404)
    return html`<${Problem} problem=${loaded.problem} doing="Load what the agent wrote" retry=${loaded.reload} />`;
  if (!status || (!status.error && logs.length === 0)) return null;
  return html`<section aria-labelledby="logs-title"><div class="heading"><h2 id="logs-title">${status.error ? 'Why the last deployment failed' : 'Logs of the last deployment'}</h2><a class="raw" href=${raw(path)}>JSON</a></div>
    ${status.error && html`<p class="failure">${status.error}</p>`}
    ${logs.map(
      ([name, log]) => html`<details key=${name} open=${status.error !== null}><summary><code>${name}</code></summary>
      ${textOf(log) === null ? html`<p class="quiet">There is no such file.</p>` : textOf(log) === '' ? html`<p class="quiet">It is empty.</p>` : html`<pre class="log" tabindex="0" role="region" aria-label=${name}>${textOf(log)}</pre>`}</details>`,
    )}
    ${status.deployment_id && html`<p class="quiet">Deployment <${Copyable} text=${status.deployment_id} /></p>`}</section>`;
}
