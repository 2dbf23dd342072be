// Tables of any length: only the rows near the window are in the document, and the one that has the focus.

import { byName } from '../lib/format.mjs';
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../lib/html.mjs';
import { setQuery, useRoute } from '../lib/router.mjs';
import { Empty } from './basics.mjs';

/**
 * @template T
 * @typedef {{ key: string, title: string, show: (row: T) => any, sort?: (row: T) => string | number, kind?: string }} Column
 */

const drawAll = 150; // so few rows that windowing is not worth it
const spare = 12;
const rowHeights = { wide: 36, cardLine: 28, cardRest: 18 };

const narrow = window.matchMedia('(max-width: 45rem)');

function useNarrow() {
  const [is, set] = useState(narrow.matches);
  useEffect(() => {
    const look = () => set(narrow.matches);
    narrow.addEventListener('change', look);
    return () => narrow.removeEventListener('change', look);
  }, []);
  return is;
}

/** Which rows are in sight. Before printing, all. */
function useWindow(/** @type {any} */ place, /** @type {number} */ count, /** @type {number} */ height) {
  const [range, setRange] = useState({ from: 0, to: Math.min(count, 60) });
  const [printing, setPrinting] = useState(false);
  const whole = count <= drawAll || printing;
  useLayoutEffect(() => {
    if (whole) return undefined;
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = place.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.min(count - 1, Math.floor(-top / height)) - spare);
      const to = Math.min(count, Math.ceil((innerHeight - top) / height) + spare);
      setRange((old) => (old.from === from && old.to === to ? old : { from, to: Math.max(to, from) }));
    };
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [whole, count, height]);
  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return whole ? { from: 0, to: count } : range;
}

function compare(/** @type {string | number} */ a, /** @type {string | number} */ b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return byName(String(a), String(b));
}

/** `sort=name` or `sort=-name` of the address. */
function useSorted(/** @type {any[]} */ rows, /** @type {Column<any>[]} */ columns, /** @type {string} */ parameter) {
  const wanted = useRoute().query.get(parameter) ?? '';
  const down = wanted.startsWith('-');
  const key = down ? wanted.slice(1) : wanted;
  const column = columns.find((one) => one.key === key && one.sort);
  const sorted = useMemo(() => {
    if (!column?.sort) return rows;
    const keyed = rows.map((row) => ({ row, by: /** @type {any} */ (column).sort(row) }));
    keyed.sort((a, b) => (down ? compare(b.by, a.by) : compare(a.by, b.by)));
    return keyed.map((one) => one.row);
  }, [rows, key, down]);
  return { sorted, key: column ? key : '', down };
}

function HeadCell({ column, sorted, down, parameter }) {
  if (!column.sort)
    return html`<th scope="col" class=${column.kind ?? ''}>${column.title === '' ? html`<span class="unseen">Actions</span>` : column.title}</th>`;
  const now = sorted === column.key;
  const next = now && !down ? `-${column.key}` : column.key;
  return html`<th scope="col" class=${column.kind ?? ''} aria-sort=${now ? (down ? 'descending' : 'ascending') : undefined}>
    <button type="button" class="sort" onClick=${() => setQuery({ [parameter]: next })}>${column.title}<span aria-hidden="true">
      ${now ? (down ? ' ▼' : ' ▲') : ''}</span></button></th>`;
}

/** The arrows lead from row to row; what is focused scrolls into sight and is drawn then. */
function moveFocus(/** @type {KeyboardEvent} */ event) {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const row = /** @type {HTMLElement} */ (event.target).closest('tr');
  if (
    step === 0 ||
    !row ||
    (/^(INPUT|SELECT|TEXTAREA)$/.test(/** @type {HTMLElement} */ (event.target).tagName) &&
      /** @type {any} */ (event.target).type !== 'checkbox')
  )
    return;
  let next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  while (next && next.getAttribute('aria-hidden')) next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
  const place = [...row.querySelectorAll('a, button, input')].indexOf(/** @type {Element} */ (event.target));
  const target = /** @type {HTMLElement | undefined} */ (next?.querySelectorAll('a, button, input')[place]);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/**
 * @param {{ label: string, columns: Column<any>[], rows: any[], id: (row: any) => string, empty: any, parameter?: string,
 *   chosen?: Set<string>, choose?: (next: any) => void }} props `chosen`: with a box to tick in each row
 */
export function Table({ label, columns, rows, id, empty, parameter = 'sort', chosen = undefined, choose = undefined }) {
  const place = useRef(null);
  const isNarrow = useNarrow();
  const { sorted, key, down } = useSorted(rows, columns, parameter);
  const height = isNarrow ? columns.length * rowHeights.cardLine + rowHeights.cardRest : rowHeights.wide;
  const { from, to } = useWindow(place, sorted.length, height);
  const [focused, setFocused] = useState(-1);
  if (rows.length === 0) return typeof empty === 'string' ? html`<${Empty} title=${empty} />` : empty;

  const drawn = [];
  for (let at = from; at < Math.min(to, sorted.length); at += 1) drawn.push(at);
  if (focused >= 0 && focused < sorted.length && focused < from) drawn.unshift(focused);
  if (focused >= 0 && focused < sorted.length && focused >= to) drawn.push(focused);
  const pieces = [];
  let next = 0;
  for (const at of drawn) {
    if (at > next)
      pieces.push(
        html`<tr key="gap-${next === 0 ? 'top' : 'middle'}" aria-hidden="true" class="gap" style=${{ height: `${(at - next) * height}px` }}></tr>`,
      );
    pieces.push(
      html`<${Row} key=${id(sorted[at])} row=${sorted[at]} at=${at} columns=${columns} name=${id(sorted[at])} chosen=${chosen} choose=${chosen ? choose : undefined} />`,
    );
    next = at + 1;
  }
  if (next < sorted.length)
    pieces.push(html`<tr key="gap-end" aria-hidden="true" class="gap" style=${{ height: `${(sorted.length - next) * height}px` }}></tr>`);

  const focusIn = (/** @type {any} */ event) => setFocused(Number(event.target.closest('tr')?.dataset.at ?? -1));
  return html`<div class="table"><table aria-label=${label} aria-rowcount=${sorted.length + 1} class=${chosen ? 'choosable' : ''}>
    <thead><tr>${chosen && html`<th class="choose"><${ChooseAll} rows=${sorted} id=${id} chosen=${chosen} choose=${choose} /></th>`}
      ${columns.map((column) => html`<${HeadCell} key=${column.key} column=${column} sorted=${key} down=${down} parameter=${parameter} />`)}</tr></thead>
    <tbody ref=${place} onKeyDown=${moveFocus} onFocusIn=${focusIn} onFocusOut=${() => setFocused(-1)}>${pieces}</tbody>
  </table></div>`;
}

function ChooseAll({ rows, id, chosen, choose }) {
  const every = rows.length > 0 && rows.every((/** @type {any} */ row) => chosen.has(id(row)));
  return html`<input type="checkbox" aria-label="Choose all ${rows.length}" checked=${every} indeterminate=${!every && chosen.size > 0}
    onChange=${() => choose(every ? new Set() : new Set(rows.map(id)))} />`;
}

/** Drawn again only when something of it has changed: while one scrolls, most rows stay. */
function Row({ row, at, columns, name, chosen, choose }) {
  const ticked = chosen?.has(name);
  return useMemo(() => {
    const toggle = () =>
      choose((/** @type {Set<string>} */ old) => {
        const next = new Set(old);
        if (!next.delete(name)) next.add(name);
        return next;
      });
    return html`<tr data-at=${at} aria-rowindex=${at + 2}>
      ${choose && html`<td class="choose"><input type="checkbox" aria-label="Choose ${name}" checked=${ticked} onChange=${toggle} /></td>`}
      ${columns.map(
        (/** @type {Column<any>} */ column) => html`<td key=${column.key} class=${column.kind ?? ''} data-label=${column.title}>
        <span class="cell-content">${column.show(row)}</span></td>`,
      )}
    </tr>`;
  }, [row, at, columns, name, ticked, choose]);
}
