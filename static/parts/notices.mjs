// Short messages: shown for a while, and said by screen readers without taking the focus.

import { html } from '../lib/html.mjs';
import { createStore, useStore } from '../lib/store.mjs';

/** @type {import('../lib/store.mjs').Store<{ id: number, text: string }[]>} */
const notices = createStore(/** @type {{ id: number, text: string }[]} */ ([]));
let count = 0;

export function announce(/** @type {string} */ text) {
  count += 1;
  const id = count;
  notices.set([...notices.get().slice(-2), { id, text }]);
  setTimeout(() => notices.set(notices.get().filter((one) => one.id !== id)), 6000);
}

export function Notices() {
  const shown = useStore(notices, (all) => all);
  return html`<div class="notices" role="status" aria-live="polite">
    ${shown.map((one) => html`<p key=${one.id} class="notice">${one.text}</p>`)}
  </div>`;
}
