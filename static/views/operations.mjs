// What was and is being done to many things at once, and cleaning up.

import { html, useMemo } from '../lib/html.mjs';
import { plural } from '../lib/format.mjs';
import { useFleet } from '../lib/live.mjs';
import { operationPath } from '../lib/paths.mjs';
import { href, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Bar, Empty, Loading, Moment, State } from '../parts/basics.mjs';
import { Cleanup } from '../parts/cleanup.mjs';
import { Search, StateFilter, countBy } from '../parts/filters.mjs';
import { failedSteps, operationTitle } from '../parts/operation.mjs';
import { Table } from '../parts/table.mjs';

/** @typedef {import('../api').Operation} Operation */

const columns = [
  {
    key: 'what',
    title: 'What',
    kind: 'name',
    sort: operationTitle,
    show: (/** @type {Operation} */ one) => html`<a href=${href(operationPath(one.id))}>${operationTitle(one)}</a>`,
  },
  {
    key: 'state',
    title: 'State',
    sort: (/** @type {Operation} */ one) => one.state,
    show: (/** @type {Operation} */ one) => html`<${State} value=${one.state} />`,
  },
  {
    key: 'progress',
    title: 'Steps',
    show: (/** @type {Operation} */ one) =>
      one.state === 'running'
        ? html`<${Bar} done=${one.done} total=${one.total} failed=${failedSteps(one)} label=${operationTitle(one)} />`
        : `${plural(one.total, 'step')}${failedSteps(one) > 0 ? `, ${failedSteps(one)} failed` : ''}`,
  },
  {
    key: 'where',
    title: 'Of',
    show: (/** @type {Operation} */ one) =>
      one.results
        .slice(0, 2)
        .map((step) => step.cell)
        .join(', ') + (one.total > 2 ? ' …' : ''),
  },
  { key: 'who', title: 'Who', sort: (/** @type {Operation} */ one) => one.who, show: (/** @type {Operation} */ one) => one.who },
  {
    key: 'when',
    title: 'Begun',
    kind: 'wide',
    sort: (/** @type {Operation} */ one) => one.started_at,
    show: (/** @type {Operation} */ one) => html`<${Moment} at=${one.started_at} />`,
  },
];

export default function Operations() {
  const { operations, loaded } = useFleet((fleet) => fleet);
  const { query } = useRoute();
  const [q, state] = [(query.get('q') ?? '').toLowerCase(), query.get('state') ?? ''];
  const counts = useMemo(() => countBy(operations.values(), (one) => one.state), [operations]);
  const rows = useMemo(
    () =>
      [...operations.values()]
        .filter(
          (one) =>
            (state === '' || state.split(',').includes(one.state)) &&
            (q === '' || `${operationTitle(one)} ${one.who} ${one.results.map((step) => step.cell).join(' ')}`.toLowerCase().includes(q)),
        )
        .sort((a, b) => (a.started_at < b.started_at ? 1 : -1)),
    [operations, q, state],
  );
  return html`<div class="heading"><h1>Operations</h1></div>
    <div class="filters"><${Search} label="Search operations" /><${StateFilter} states=${['running', 'failed', 'cancelled', 'succeeded']} counts=${counts} /></div>
    ${
      !loaded
        ? html`<${Loading} />`
        : html`<${Table} label="Operations" columns=${columns} rows=${rows} id=${(/** @type {Operation} */ one) => one.id}
      empty=${operations.size > 0 ? 'No operation is like that.' : html`<${Empty} title="Nothing was done yet."><p>Publishing, and everything else that takes a while, is an operation.</p><//>`} />`
    }
    ${may('admin') && html`<${Cleanup} />`}`;
}
