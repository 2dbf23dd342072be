// What narrows a list down, kept in the address.

import { html, useEffect, useRef, useState } from '../lib/html.mjs';
import { setQuery, useRoute } from '../lib/router.mjs';
import { wordOf } from '../lib/states.mjs';

/** The search of a list; "/" leads here from anywhere. */
export function Search({ label, parameter = 'q' }) {
  const now = useRoute().query.get(parameter) ?? '';
  const [text, setText] = useState(now);
  const place = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (document.activeElement !== place.current) setText(now); // never against who types
  }, [now]);
  return html`<input ref=${place} type="search" data-search class="search" aria-label=${label} placeholder="${label} ( / )" value=${text} spellcheck="false"
    onInput=${(/** @type {any} */ event) => {
      setText(event.currentTarget.value);
      setQuery({ [parameter]: event.currentTarget.value });
    }} />`;
}

/** States as buttons with how many there are of each; several may be chosen. */
export function StateFilter({ states, counts, parameter = 'state' }) {
  const chosen = (useRoute().query.get(parameter) ?? '').split(',').filter(Boolean);
  const toggle = (/** @type {string} */ state) => {
    const next = chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state];
    setQuery({ [parameter]: next.join(',') });
  };
  return html`<div class="pick" role="group" aria-label="State">${states
    .filter((/** @type {string} */ state) => counts[state] > 0 || chosen.includes(state))
    .map(
      (
        /** @type {string} */ state,
      ) => html`<button key=${state} type="button" class="filter-${state}" aria-pressed=${chosen.includes(state)}
      onClick=${() => toggle(state)}>${wordOf(state)} <b>${(counts[state] ?? 0).toLocaleString()}</b></button>`,
    )}</div>`;
}

const longestChoice = 200;

/** One of the values that occur; too many to choose from are searched instead. */
export function ValueFilter({ label, parameter, values }) {
  const now = useRoute().query.get(parameter) ?? '';
  if (values.length > longestChoice && now === '') return null;
  const known = values.length > longestChoice ? [now] : now !== '' && !values.includes(now) ? [now, ...values] : values;
  return html`<label class="value-filter"><span>${label}</span> <select value=${now} onChange=${(/** @type {any} */ event) => setQuery({ [parameter]: event.currentTarget.value })}>
    <option value="">all</option>${known.map((/** @type {string} */ value) => html`<option key=${value} value=${value} selected=${value === now}>${value}</option>`)}
  </select></label>`;
}

export function countBy(/** @type {Iterable<any>} */ rows, /** @type {(row: any) => string} */ of) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const row of rows) counts[of(row)] = (counts[of(row)] ?? 0) + 1;
  return counts;
}
