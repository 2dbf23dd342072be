// What was published to a cell, newest first, as far as the controller remembers.

import { html, useMemo } from '../lib/html.mjs';
import { useFleet } from '../lib/live.mjs';
import { operationPath } from '../lib/paths.mjs';
import { href } from '../lib/router.mjs';
import { Moment, State } from '../parts/basics.mjs';
import { operationTitle } from '../parts/operation.mjs';

export function CellTimeline({ cell }) {
  const operations = useFleet((fleet) => fleet.operations);
  const name = `${cell.node_id}/${cell.cell_id}`;
  const events = useMemo(() => {
    const found = [...operations.values()]
      .filter((one) => one.kind === 'publish')
      .flatMap((one) =>
        one.results
          .filter((step) => step.cell === name)
          .map((step) => ({
            key: one.id,
            at: one.started_at,
            state: step.state,
            what: html`<a href=${href(operationPath(one.id))}>${operationTitle(one)}</a>`,
            more: step.error ?? `by ${one.who}`,
          })),
      );
    if (cell.applied_at) {
      found.push({
        key: 'applied',
        at: new Date(cell.applied_at * 1000).toISOString(),
        state: cell.state,
        what: html`The agent deployed; ${cell.running_version ?? 'nothing'} runs`,
        more: '',
      });
    }
    return found.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 30);
  }, [operations, cell]);
  if (events.length === 0) return null;
  return html`<section aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>
    <ol class="timeline">${events.map((one) => html`<li key=${one.key}><${Moment} at=${one.at} /><span><${State} value=${one.state} /> ${one.what}</span><span class="reason">${one.more}</span></li>`)}</ol></section>`;
}
