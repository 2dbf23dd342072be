// What the keyboard does everywhere.

import { html, useEffect } from '../lib/html.mjs';
import { go } from '../lib/router.mjs';
import { Dialog } from './dialog.mjs';

const jumps = /** @type {Record<string, string>} */ ({
  o: '/',
  a: '/agents',
  c: '/cells',
  m: '/manifests',
  b: '/buckets',
  p: '/operations',
  s: '/settings',
});

const list = [
  ['/', 'Search the list'],
  ['?', 'Show these keys'],
  ['Esc', 'Close a dialog'],
  ['↑ ↓', 'From row to row of a table'],
  ['g then o', 'Overview'],
  ['g then a', 'Agents'],
  ['g then c', 'Cells'],
  ['g then m', 'Manifests'],
  ['g then b', 'Buckets'],
  ['g then p', 'Operations'],
  ['g then s', 'Settings'],
];

function isTyping(/** @type {EventTarget | null} */ target) {
  return target instanceof HTMLElement && (target.matches('input:not([type=checkbox]), select, textarea') || target.isContentEditable);
}

/** @param {() => void} help shows the list */
export function useKeys(help) {
  useEffect(() => {
    let led = 0; // when "g" was pressed
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      const search = /** @type {HTMLElement | null} */ (document.querySelector('[data-search]'));
      if (event.key === '/' && search) {
        event.preventDefault();
        search.focus();
      } else if (event.key === '?') {
        help();
      } else if (event.key === 'g') {
        led = event.timeStamp;
      } else if (event.timeStamp - led < 1500 && event.key in jumps) {
        led = 0;
        go(/** @type {string} */ (jumps[event.key]));
      }
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

export function Keys({ close }) {
  return html`<${Dialog} title="Keys" close=${close}><table class="plain"><tbody>${list.map(
    ([key, what]) => html`<tr key=${key}>
    <th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`,
  )}</tbody></table><//>`;
}
