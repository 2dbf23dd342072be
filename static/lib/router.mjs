// Where one is: the part of the address after "#". Filters are part of it, so that a link shows what its sender saw.

import { createStore, useStore } from './store.mjs';

/** @typedef {{ path: string, parts: string[], query: URLSearchParams }} Route */

/** @returns {Route} */
function here() {
  const [path = '', search = ''] = location.hash.replace(/^#/, '').split(/\?(.*)/s);
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
  return { path: path === '' ? '/' : path, parts, query: new URLSearchParams(search) };
}

export const route = createStore(here());

/** Parts that hold something unsaved. */
const unsaved = new Set();

/** Whether what is not saved may be lost; asked only when there is something. */
export const mayLose = () => unsaved.size === 0 || confirm('What you have changed is not saved. Leave it?');

let stayed = location.hash;
window.addEventListener('hashchange', () => {
  if (!mayLose()) return history.replaceState(null, '', stayed);
  unsaved.clear();
  stayed = location.hash;
  return route.set(here());
});

export const useRoute = () => useStore(route, (now) => now);

/**
 * The address of a view, for a link.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [query]
 */
export function href(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `#${path}${text === '' ? '' : `?${text}`}`;
}

/** @param {string} path */
export function go(path, query = {}) {
  location.hash = href(path, query);
}

/**
 * Changes filters where one is, without a step of the browser's history for each key.
 * @param {Record<string, string | null | undefined>} changes null or empty: without it
 */
export function setQuery(changes) {
  const { path, query } = route.get();
  const next = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, '', href(path, next));
  stayed = location.hash;
  route.set(here());
}

/**
 * Leaving is asked about while something unsaved would be lost.
 * @param {object} token
 * @param {boolean} dirty
 */
export function holdUnsaved(token, dirty) {
  if (dirty) unsaved.add(token);
  else unsaved.delete(token);
}

window.addEventListener('beforeunload', (event) => {
  if (unsaved.size > 0) event.preventDefault();
});
