// What a person likes, kept in this browser alone.

import { createStore } from './store.mjs';

const place = 'fleetman.theme';

/** @typedef {'system' | 'light' | 'dark'} Theme */

function stored() {
  try {
    const value = localStorage.getItem(place);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export const theme = createStore(/** @type {Theme} */ (stored()));

function show() {
  const wanted = theme.get();
  if (wanted === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
}

export function chooseTheme(/** @type {Theme} */ wanted) {
  try {
    localStorage.setItem(place, wanted);
  } catch {
    // A browser that keeps nothing forgets it at the next visit.
  }
  theme.set(wanted);
}

theme.subscribe(show);
show();
