// The smallest parts: a state, a moment, an id, an empty place, a problem.

import { html, useEffect, useState } from '../lib/html.mjs';
import { age, moment } from '../lib/format.mjs';
import { createStore, useStore } from '../lib/store.mjs';
import { lookOf, wordOf } from '../lib/states.mjs';
import { announce } from './notices.mjs';

/** @typedef {import('preact').ComponentChildren} Children */

/** A state by sign, colour and word. */
export function State({ value, text = undefined }) {
  return html`<span class="state ${lookOf(value)}">${text ?? wordOf(value)}</span>`;
}

const clock = createStore(Date.now());
setInterval(() => clock.set(Date.now()), 1000);

/** Whole seconds, then minutes: what nobody can see change is not drawn. */
function useAge(/** @type {Date | null} */ date) {
  return useStore(clock, (now) => (date === null ? '' : age((now - date.getTime()) / 1000)));
}

// Made once: making one is what takes long.
const timeOnly = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const wholeMoment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** Of today only the time; of another day the date, and no seconds. */
function localTime(/** @type {Date} */ date) {
  return (date.toDateString() === new Date().toDateString() ? timeOnly : dayAndTime).format(date);
}

/** A moment in local time, with its age; all of it, and UTC, when pointed at. */
export function Moment({ at, short = false, none = 'never' }) {
  const date = at instanceof Date ? at : moment(at);
  const old = useAge(date);
  if (date === null) return html`<span class="quiet">${none}</span>`;
  const whole = wholeMoment.format(date);
  return html`<time datetime=${date.toISOString()} title="${whole} · ${date.toISOString()}">${short ? old : `${localTime(date)} (${old})`}</time>`;
}

/** The clipboard needs a secure page; a selection does not. */
async function copy(/** @type {string} */ text, /** @type {HTMLElement} */ from) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied ${text}`);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(/** @type {Node} */ (from.previousElementSibling));
    const selection = getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    announce(document.execCommand('copy') ? `Copied ${text}` : 'Selected; press Ctrl+C to copy');
  }
}

/** Something that one wants to paste elsewhere. */
export function Copyable({ text, label = 'Copy' }) {
  return html`<span class="copyable"><code>${text}</code><button type="button" class="icon" aria-label="${label} ${text}"
    onClick=${(/** @type {any} */ event) => copy(text, event.currentTarget)}>${label}</button></span>`;
}

/** What stands where nothing is, with what to do about it; `first` when it is all there is. */
export function Empty({ title, children = undefined, first = false }) {
  return html`<div class="empty">${first ? html`<h1 class="empty-title">${title}</h1>` : html`<p class="empty-title">${title}</p>`}${children}</div>`;
}

/** What failed, why, and what to do. */
export function Problem({ problem, doing, retry = undefined }) {
  if (!problem) return null;
  const advice = adviceFor(problem);
  return html`<div class="problem" role="alert">
    <p><strong>${doing}</strong>: ${problem.message}${/[.!?]$/.test(problem.message) ? '' : '.'}</p>
    ${
      problem.fields?.length > 0 &&
      html`<ul>${problem.fields.map((/** @type {any} */ one) => html`<li><code>${one.field}</code> ${one.message}</li>`)}</ul>`
    }
    ${
      problem.s3 &&
      html`<p class="quiet">The store said ${problem.s3.code}: ${problem.s3.message}${
        problem.s3.request_id ? html` (request <code>${problem.s3.request_id}</code>)` : ''
      }</p>`
    }
    ${advice && html`<p class="quiet">${advice}</p>`}
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

function adviceFor(/** @type {any} */ problem) {
  if (problem.status === 0) return 'Nothing is known about whether it was done: look before you repeat it.';
  if (problem.status === 401) return 'Log in again.';
  if (problem.status === 403) return 'Your role does not allow it; an administrator can do it, or give you the role.';
  if (problem.status === 412) return 'Someone else has changed it since you opened it.';
  if (problem.status === 502 || problem.status === 503)
    return 'The bucket did not answer well; the connection’s check shows what it can do.';
  return null;
}

/** Something is being loaded; said only when it takes long enough to notice. */
export function Loading({ what = 'Loading' }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return html`<p class="loading" role="status">${shown ? `${what} …` : ''}</p>`;
}

/**
 * What was loaded, or why it was not. What is older stays visible below the problem.
 * @param {{ from: import('../lib/loading.mjs').Loaded<any>, what: string, children: (data: any) => Children }} props
 */
export function Show({ from, what, children }) {
  return html`
    ${from.problem && html`<${Problem} problem=${from.problem} doing="Load ${what}" retry=${from.reload} />`}
    ${from.data === undefined ? !from.problem && html`<${Loading} />` : children(from.data)}`;
}

/** How far something is. */
export function Bar({ done, total, failed = 0, label }) {
  const share = (/** @type {number} */ part) => `${total === 0 ? 0 : Math.min(100, (part / total) * 100)}%`;
  return html`<div class="bar" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax=${total} aria-valuenow=${done}>
    <span class="bar-good" style=${{ width: share(done - failed) }}></span><span class="bar-bad" style=${{ width: share(failed) }}></span>
  </div>`;
}

/** Name and value, one under the other. */
export function Facts({ rows }) {
  return html`<dl class="facts">${rows
    .filter(Boolean)
    .map(
      (/** @type {[string, any]} */ [name, value]) =>
        html`<div key=${name}><dt>${name}</dt><dd>${value ?? html`<span class="quiet">–</span>`}</dd></div>`,
    )}</dl>`;
}

/** What is inside is made when it is opened. */
export function Opened({ head, children }) {
  const [open, setOpen] = useState(false);
  return html`<details onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}><summary>${head}</summary>${open && children()}</details>`;
}
