// Who changed what, when, from where, and what came of it.

import { html, useState } from '../lib/html.mjs';
import { get } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { operationPath } from '../lib/paths.mjs';
import { href, setQuery, useRoute } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Moment, Problem, Show, State } from '../parts/basics.mjs';
import { TextField } from '../parts/form.mjs';
import { Table } from '../parts/table.mjs';

function result(/** @type {any} */ one) {
  if (one.status === null) return html`<${State} value="unknown" text=${one.ended_at ? 'ended without an answer' : 'no answer yet'} />`;
  const good = one.status < 400;
  return html`<${State} value=${good ? 'succeeded' : 'failed'} text=${String(one.status)} /> ${one.error && html`<span class="reason" title=${one.error}>${one.error}</span>`}`;
}

const columns = [
  { key: 'when', title: 'When', kind: 'wide', show: (/** @type {any} */ one) => html`<${Moment} at=${one.when} />` },
  { key: 'who', title: 'Who', show: (/** @type {any} */ one) => one.who },
  { key: 'what', title: 'What', kind: 'name', show: (/** @type {any} */ one) => html`<code title=${one.what}>${one.what}</code>` },
  { key: 'result', title: 'Result', show: result },
  {
    key: 'operation',
    title: 'Operation',
    show: (/** @type {any} */ one) =>
      one.operation ? html`<a href=${href(operationPath(one.operation))}>it began</a>` : html`<span class="quiet">–</span>`,
  },
  { key: 'from', title: 'From', show: (/** @type {any} */ one) => one.from },
];

function List({ who, what }) {
  const loaded = useLoad(() => get('/audit', { who, what, limit: 200 }), [who, what]);
  const [more, setMore] = useState(/** @type {any[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | null | undefined} */ (undefined));
  const older = useAction(async (after) => {
    const page = await get('/audit', { who, what, limit: 200, after });
    setMore([...more, ...page.items]);
    setNext(page.next);
  });
  return html`<${Show} from=${loaded} what="the audit log">${(/** @type {any} */ page) => {
    const after = next === undefined ? page.next : next;
    return html`<${Table} label="Changes" columns=${columns} rows=${[...page.items, ...more]} id=${(/** @type {any} */ one) => one.id} empty=${html`<${Empty} title="Nothing was changed." />`} />
      <${Problem} problem=${older.problem} doing="Load older ones" />
      ${after && html`<p><button type="button" disabled=${older.busy} onClick=${() => older.run(after)}>${older.busy ? 'Loading …' : 'Older ones'}</button></p>`}`;
  }}<//>`;
}

export default function Audit() {
  const { query } = useRoute();
  const [who, what] = [query.get('who') ?? '', query.get('what') ?? ''];
  if (!may('operator')) return html`<h1>Audit</h1><${Empty} title="Your role does not let you see who changed what." />`;
  return html`<h1>Audit</h1>
    <div class="filters inline"><${TextField} label="Who" value=${who} set=${(/** @type {string} */ next) => setQuery({ who: next })} data-search="" /><${TextField} label="What: part of it" value=${what} set=${(/** @type {string} */ next) => setQuery({ what: next })} /></div>
    <${List} key="${who} ${what}" who=${who} what=${what} />`;
}
