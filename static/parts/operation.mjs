// An operation while it runs and after: how far it is, and what came of each step.

import { html, useEffect, useState } from '../lib/html.mjs';
import { get, remove } from '../lib/http.mjs';
import { learnOperation, useFleet } from '../lib/live.mjs';
import { useAction } from '../lib/loading.mjs';
import { duration, moment, plural } from '../lib/format.mjs';
import { href } from '../lib/router.mjs';
import { operationPath } from '../lib/paths.mjs';
import { Bar, Problem, State } from './basics.mjs';

/** @typedef {import('../api').Operation} Operation */

export function operationTitle(/** @type {Operation} */ one) {
  const { manifest, version } = one.details ?? {};
  if (one.kind === 'publish' && version) return `Publish ${manifest ?? ''} ${version}`.replace('  ', ' ');
  return one.kind.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());
}

export const failedSteps = (/** @type {Operation} */ one) => one.results.filter((step) => step.state === 'failed').length;

/** What the stream has told of it; else asked for. */
export function useOperation(/** @type {string} */ id) {
  const known = useFleet((fleet) => fleet.operations.get(id));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const link = useFleet((fleet) => fleet.link);
  useEffect(() => {
    if (known && (known.state !== 'running' || link === 'live')) return;
    get(operationPath(id)).then(learnOperation, setProblem);
  }, [id, link]);
  return { operation: known, problem: known ? null : problem };
}

function took(/** @type {Operation} */ one) {
  const [from, to] = [moment(one.started_at), moment(one.ended_at)];
  return from && to ? duration((to.getTime() - from.getTime()) / 1000) : null;
}

/** The steps that matter first; what went well is counted. */
export function OperationProgress({ id, all = false }) {
  const { operation, problem } = useOperation(id);
  const cancelling = useAction(async () => learnOperation(await remove(operationPath(id))));
  if (!operation) return html`<${Problem} problem=${problem} doing="Load the operation" />`;
  const failed = failedSteps(operation);
  const order = ['failed', 'running', 'waiting', 'cancelled', 'succeeded'];
  const steps = [...operation.results].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const shown = all ? steps : steps.slice(0, 30);
  return html`<div class="operation">
    <p class="line"><${State} value=${operation.state} /> <a href=${href(operationPath(id))}>${operationTitle(operation)}</a>
      <span class="quiet">${operation.done} of ${plural(operation.total, 'step')}${failed > 0 ? `, ${failed} failed` : ''}${took(operation) ? ` in ${took(operation)}` : ''}</span>
      ${operation.state === 'running' && html`<button type="button" disabled=${cancelling.busy} onClick=${cancelling.run}>Cancel</button>`}</p>
    <${Bar} done=${operation.done} total=${operation.total} failed=${failed} label=${operationTitle(operation)} />
    <${Problem} problem=${cancelling.problem} doing="Cancel" />
    <ul class="steps">${shown.map(
      (step) => html`<li key=${step.cell}><${State} value=${step.state} />
      ${operation.kind === 'publish' && step.cell.includes('/') ? html`<a href=${href(`/cells/${step.cell.split('/').map(encodeURIComponent).join('/')}`)}>${step.cell}</a>` : step.cell}
      ${step.error && html`<span class="reason">${step.error}</span>`}</li>`,
    )}</ul>
    ${shown.length < steps.length && html`<p class="quiet">and ${plural(steps.length - shown.length, 'more step')}: <a href=${href(operationPath(id))}>all of them</a></p>`}
  </div>`;
}
