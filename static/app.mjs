// Starts the page: who is there, then the shell around the view that the address names.

import { html, render } from './lib/html.mjs';
import { get } from './lib/http.mjs';
import { forget, start } from './lib/live.mjs';
import { adoptSession, session } from './lib/session.mjs';
import './lib/preferences.mjs';
import { App } from './parts/shell.mjs';

const place = /** @type {HTMLElement} */ (document.getElementById('app'));

let user = /** @type {string | null} */ (null);
session.subscribe(() => {
  const now = session.get().user;
  if (now === user) return;
  user = now;
  if (now === null) forget();
  else start();
});

async function begin(pause = 500) {
  try {
    adoptSession(await get('/session'));
  } catch (why) {
    place
      .querySelector('.starting')
      ?.replaceChildren(`The controller does not answer (${/** @type {Error} */ (why).message}). Trying again …`);
    setTimeout(() => begin(Math.min(pause * 2, 10_000)), pause);
    return;
  }
  place.replaceChildren();
  render(html`<${App} />`, place);
}

begin();
