// The fleet as it is now: loaded once, then kept true by one stream of events. When the stream breaks, what was known
// stays, with its age, and the page catches up by itself.

import { all, get } from './http.mjs';
import { followSession, session } from './session.mjs';
import { createStore, useStore } from './store.mjs';

/**
 * @typedef {import('../api').Agent} Agent
 * @typedef {import('../api').Cell} Cell
 * @typedef {import('../api').Operation} Operation
 * @typedef {{ agents: Map<string, Agent>, cells: Map<string, Cell>, operations: Map<string, Operation>, buckets: Map<string, string>,
 *   loaded: boolean, link: 'loading' | 'live' | 'lost', asOf: Date | null, problem: string | null, seen: number }} Fleet
 */

/** @type {import('./store.mjs').Store<Fleet>} */
export const fleet = createStore(
  /** @type {Fleet} */ ({
    agents: new Map(),
    cells: new Map(),
    operations: new Map(),
    buckets: new Map(),
    loaded: false,
    link: 'loading',
    asOf: null,
    problem: null,
    seen: 0,
  }),
);

/**
 * @template S
 * @param {(fleet: Fleet) => S} select
 */
export const useFleet = (select) => useStore(fleet, select);

export const cellKey = (/** @type {{ node_id: string, cell_id: string }} */ cell) => `${cell.node_id}/${cell.cell_id}`;

const longestHidden = 30_000;
const shortestPause = 1000;
const longestPause = 15_000;

/** @type {EventSource | null} */
let stream = null;
let lastEvent = '';
let pause = shortestPause;
let attempt = 0; // what an older attempt finds is not used
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asleep = false; // nobody has seen this tab for a while

/** @type {{ kind: string, data: any }[]} */
let waiting = [];

/** Events come in bursts: all of one frame become one change of the store. */
function apply() {
  const burst = waiting;
  waiting = [];
  if (burst.length === 0) return;
  const now = fleet.get();
  const next = /** @type {any} */ ({ ...now, asOf: new Date() });
  const copied = new Set();
  /** @param {'agents' | 'cells' | 'operations' | 'buckets'} name */
  const own = (name) => {
    if (!copied.has(name)) next[name] = new Map(/** @type {any} */ (now[name]));
    copied.add(name);
    return next[name];
  };
  for (const { kind, data } of burst) {
    if (kind === 'agent') own('agents').set(data.node_id, data);
    else if (kind === 'agent-removed') own('agents').delete(data.node_id);
    else if (kind === 'cell') own('cells').set(cellKey(data), data);
    else if (kind === 'cell-removed') own('cells').delete(cellKey(data));
    else if (kind === 'operation') own('operations').set(data.id, data);
    else if (kind === 'bucket' && data.error === null) own('buckets').delete(data.bucket);
    else if (kind === 'bucket') own('buckets').set(data.bucket, data.error);
  }
  fleet.set(next);
}

/**
 * @param {string} kind
 * @param {MessageEvent} event
 */
function heard(kind, event) {
  lastEvent = event.lastEventId;
  if (waiting.push({ kind, data: JSON.parse(event.data) }) === 1) setTimeout(apply, 50);
}

const goOn = () => (fleet.get().loaded ? follow() : start());

function lost(/** @type {string} */ problem) {
  stream?.close();
  stream = null;
  fleet.patch({ link: 'lost', problem });
  clearTimeout(timer);
  if (!asleep) timer = setTimeout(goOn, pause);
  pause = Math.min(pause * 2, longestPause);
}

function follow() {
  stream?.close();
  stream = null;
  clearTimeout(timer);
  if (asleep) return;
  const opened = new EventSource(`/api/v1/events?after=${encodeURIComponent(lastEvent)}`);
  stream = opened;
  opened.onopen = () => {
    pause = shortestPause;
    fleet.patch({ link: 'live', problem: null, asOf: new Date() });
  };
  opened.onerror = () => {
    if (stream === opened) lookWhy();
  };
  opened.addEventListener('reset', () => start());
  for (const kind of ['agent', 'agent-removed', 'cell', 'cell-removed', 'operation', 'bucket']) {
    opened.addEventListener(kind, (event) => heard(kind, event));
  }
}

/** Notices a session that has ended, which leads to the login, and a role that was changed. */
async function lookWho() {
  followSession(await get('/session'));
}

/** A broken stream does not say why; a request does, and finds out when the session has ended. */
async function lookWhy() {
  lost('the controller does not answer');
  try {
    await lookWho();
    if (fleet.get().link === 'lost') fleet.patch({ problem: 'the stream of changes was cut' });
  } catch (why) {
    fleet.patch({ problem: /** @type {Error} */ (why).message });
  }
}

/** Loads everything, then follows from where the first list stood. */
export async function start() {
  attempt += 1;
  const mine = attempt;
  stream?.close();
  stream = null;
  clearTimeout(timer);
  if (session.get().user === null) return;
  fleet.patch({ link: 'loading', seen: 0 });
  try {
    let seen = 0;
    const count = (/** @type {number} */ more) => {
      seen = Math.max(seen, more);
      if (mine === attempt) fleet.patch({ seen });
    };
    const overview = await get('/overview'); // before the lists, so that whatever happens meanwhile is told again
    const [agents, cells, operations] = await Promise.all([
      all('/agents', {}, count),
      all('/cells', {}, count),
      get('/operations', { limit: 100 }),
    ]);
    if (mine !== attempt) return;
    lastEvent = overview.event;
    fleet.patch({
      agents: new Map(agents.items.map((one) => [one.node_id, one])),
      cells: new Map(cells.items.map((one) => [cellKey(one), one])),
      operations: new Map(operations.items.map((/** @type {Operation} */ one) => [one.id, one])),
      buckets: new Map(
        overview.buckets.filter((/** @type {any} */ one) => one.error !== null).map((/** @type {any} */ one) => [one.bucket, one.error]),
      ),
      loaded: true,
      asOf: new Date(),
      problem: null,
    });
    follow();
  } catch (why) {
    if (mine === attempt && session.get().user !== null) lost(/** @type {Error} */ (why).message);
  }
}

/** Forgets what one may not see any more. */
export function forget() {
  attempt += 1;
  stream?.close();
  stream = null;
  clearTimeout(timer);
  fleet.patch({
    agents: new Map(),
    cells: new Map(),
    operations: new Map(),
    buckets: new Map(),
    loaded: false,
    asOf: null,
    link: 'loading',
  });
}

/** What an answer said is shown before the stream tells it too. */
export function learnOperation(/** @type {Operation} */ operation) {
  const operations = new Map(fleet.get().operations);
  operations.set(operation.id, operation);
  fleet.patch({ operations });
}

// A stream tells nothing of a cable that was pulled, and keeps no session in use: a visible page asks once a minute.
setInterval(async () => {
  if (document.hidden || session.get().user === null || fleet.get().link !== 'live') return;
  try {
    await lookWho();
  } catch (why) {
    lost(/** @type {Error} */ (why).message);
  }
}, 60_000);

// A browser has six connections to a host for all its tabs, so a tab that nobody sees gives its one back.
/** @type {ReturnType<typeof setTimeout> | undefined} */
let hiding;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      asleep = true;
      stream?.close();
      stream = null;
      clearTimeout(timer);
    }, longestHidden);
  } else {
    asleep = false;
    if (stream === null && fleet.get().link !== 'loading') goOn();
  }
});
