// What is around every view: where one can go, who one is, and how true what one sees is.

import { html, useEffect, useRef, useState } from '../lib/html.mjs';
import { remove } from '../lib/http.mjs';
import { start, useFleet } from '../lib/live.mjs';
import { href, useRoute } from '../lib/router.mjs';
import { endSession, session } from '../lib/session.mjs';
import { useStore } from '../lib/store.mjs';
import { useAction } from '../lib/loading.mjs';
import { Moment } from './basics.mjs';
import { Asking } from './dialog.mjs';
import { Keys, useKeys } from './keys.mjs';
import { Login } from './login.mjs';
import { Notices } from './notices.mjs';
import { View, titleOf } from './views.mjs';

const places = [
  ['/', 'Overview'],
  ['/agents', 'Agents'],
  ['/cells', 'Cells'],
  ['/manifests', 'Manifests'],
  ['/buckets', 'Buckets'],
  ['/resource-profiles', 'Resource profiles'],
  ['/operations', 'Operations'],
  ['/recycle', 'Recycle bin'],
  ['/audit', 'Audit'],
  ['/settings', 'Settings'],
];

function isHere(/** @type {string} */ place, /** @type {string} */ path) {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
}

function Navigation({ path, open, close }) {
  const failing = useFleet(
    (fleet) => [...fleet.cells.values()].filter((cell) => cell.state === 'failed' || cell.state === 'stopped').length,
  );
  const dead = useFleet((fleet) => [...fleet.agents.values()].filter((agent) => agent.state === 'dead').length);
  const running = useFleet((fleet) => [...fleet.operations.values()].filter((one) => one.state === 'running').length);
  /** @type {Record<string, [number, string, string]>} */
  const badges = { '/cells': [failing, 'bad', 'failing'], '/agents': [dead, 'bad', 'dead'], '/operations': [running, 'busy', 'running'] };
  return html`<nav id="navigation" class=${open ? 'open' : ''} aria-label="Main"><ul>${places.map(([place, title]) => {
    const [count, look, word] = badges[/** @type {string} */ (place)] ?? [0, '', ''];
    return html`<li key=${place}><a href=${href(/** @type {string} */ (place))} aria-current=${isHere(/** @type {string} */ (place), path) ? 'page' : undefined} onClick=${close}>${title}
      ${count > 0 && html`<span class="badge ${look}">${count.toLocaleString()}<span class="unseen"> ${word}</span></span>`}</a></li>`;
  })}</ul></nav>`;
}

/** Whether the page shows what is, and since when it does not. */
function Freshness() {
  const link = useFleet((fleet) => fleet.link);
  const seen = useFleet((fleet) => fleet.seen);
  if (link === 'live') return html`<p class="link live" title="Changes arrive as they happen"><span class="dot"></span>Live</p>`;
  if (link === 'lost') return html`<p class="link lost"><span class="dot"></span>Not connected</p>`;
  return html`<p class="link"><span class="dot"></span>Loading${seen > 1000 ? ` ${seen.toLocaleString()}` : ''} …</p>`;
}

/** What is wrong with what one sees: said once, above the view, until it is over. */
function Warnings() {
  const link = useFleet((fleet) => fleet.link);
  const asOf = useFleet((fleet) => fleet.asOf);
  const problem = useFleet((fleet) => fleet.problem);
  const buckets = useFleet((fleet) => fleet.buckets);
  return html`<div role="status">
    ${
      link === 'lost' &&
      html`<div class="warning"><p><strong>The connection to the controller is lost</strong>${problem ? `: ${problem}` : ''}.
      ${asOf ? html` What you see was true <${Moment} at=${asOf} short />.` : ' Nothing could be loaded yet.'} The page tries again by itself.</p>
      <button type="button" onClick=${start}>Try now</button></div>`
    }
    ${[...buckets].map(
      ([name, error]) => html`<div key=${name} class="warning"><p><strong>Bucket ${name} does not answer</strong>: ${error}.
      What is shown of its cells and agents may be old.</p><a href=${href(`/buckets/${encodeURIComponent(name)}`)}>Check it</a></div>`,
    )}
  </div>`;
}

function Account() {
  const { login, user, role } = useStore(session, (now) => now);
  const leaving = useAction(async () => {
    await remove('/session');
    endSession(false);
  });
  if (login !== 'form') return null;
  return html`<p class="account"><a href=${href('/settings')}>${user}</a> <span class="quiet">${role}</span>
    <button type="button" disabled=${leaving.busy} onClick=${leaving.run}>Log out</button>
    ${leaving.problem && html`<span class="fault" role="alert">Still logged in: ${leaving.problem.message}</span>`}</p>`;
}

function Frame() {
  const now = useRoute();
  const [open, setOpen] = useState(false);
  const [keys, setKeys] = useState(false);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  useKeys(() => setKeys(true));
  useEffect(() => {
    document.title = `${titleOf(now)} · Fleetman`;
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true }); // so that a screen reader begins with the new view
    }
    first.current = false;
  }, [now.path]);
  return html`
    <button type="button" class="skip" onClick=${() => main.current?.focus()}>Skip to the content</button>
    <header class="top">
      <button type="button" class="menu" aria-expanded=${open} aria-controls="navigation" onClick=${() => setOpen(!open)}>☰<span class="unseen"> Menu</span></button>
      <a class="brand" href=${href('/')}>Fleetman</a>
      <${Freshness} />
      <${Account} />
      <button type="button" class="icon help" title="Keys ( ? )" aria-label="Keys" onClick=${() => setKeys(true)}>?</button>
    </header>
    <div class="frame">
      <${Navigation} path=${now.path} open=${open} close=${() => setOpen(false)} />
      <main ref=${main} tabindex="-1"><${Warnings} /><${View} route=${now} /></main>
    </div>
    ${keys && html`<${Keys} close=${() => setKeys(false)} />`}`;
}

export function App() {
  const { user, known } = useStore(session, (now) => now);
  if (!known) return null;
  return html`${user === null ? html`<${Login} />` : html`<${Frame} /><${Asking} />`}<${Notices} />`;
}
