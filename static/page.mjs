// The overview: agents and cells as the JSON API tells them, refreshed while the page is visible. Names, versions and
// reasons come from buckets and hosts, so they only ever become text nodes.

import { begin, call, mayRead, reason } from './session.mjs';

const refreshEvery = 2000;

/** How each state looks; the word itself is always shown too. */
const looks = {
  active: 'good', running: 'good',
  pending: 'busy', deploying: 'busy',
  warning: 'warn', rolled_back: 'warn', agent_silent: 'warn',
  dead: 'bad', failed: 'bad', stopped: 'bad',
  never_deployed: 'none', unknown: 'none',
};

/** What an operator can do about a cell in a state that needs attention. */
const nextActions = {
  failed: 'Read the reason and the logs in its status, then publish a version that works.',
  rolled_back: 'The version before is running again. Read the logs in its status, then publish a corrected version.',
  stopped: 'Look at the service on the node; publish again to restart it.',
  agent_silent: 'Check that the node is up and that its agent reaches the bucket.',
};

/** An element with attributes and children; strings become text. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function state(value) {
  const word = String(value ?? 'unknown');
  return element('span', { class: `state ${looks[word] ?? 'none'}` }, word.replaceAll('_', ' '));
}

function age(seconds) {
  if (seconds < 0) return 'in the future';
  if (seconds < 120) return `${Math.round(seconds)} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

function moment(unixSeconds) {
  if (!unixSeconds) return 'never';
  const when = new Date(unixSeconds * 1000);
  const text = `${when.toLocaleString()} (${age(Date.now() / 1000 - unixSeconds)})`;
  return element('time', { datetime: when.toISOString(), title: when.toISOString() }, text);
}

function link(path, text) {
  return element('a', { href: path }, text);
}

function table(columns, rows, whenEmpty) {
  if (rows.length === 0) return element('p', { class: 'empty' }, whenEmpty);
  const head = element('tr', null, ...columns.map((column) => element('th', { scope: 'col' }, column.title)));
  const body = rows.map((row) => element('tr', null, ...columns.map((column) =>
    element('td', { class: column.kind ?? '', 'data-label': column.title }, column.show(row) ?? ''))));
  return element('table', null, element('thead', null, head), element('tbody', null, ...body));
}

const segment = encodeURIComponent;
const cellPath = (cell) => `/api/v1/cells/${segment(cell.node_id)}/${segment(cell.cell_id)}`;

const cellColumns = [
  { title: 'Cell', kind: 'name', show: (cell) => link(cellPath(cell), `${cell.node_id}/${cell.cell_id}`) },
  { title: 'Manifest', kind: 'name', show: (cell) => cell.manifest },
  { title: 'Published', kind: 'version', show: (cell) => cell.trigger_version ?? '–' },
  { title: 'Running', kind: 'version', show: (cell) => cell.running_version ?? '–' },
  { title: 'State', show: (cell) => state(cell.state) },
  { title: 'Why', kind: 'reason', show: (cell) => cell.reason },
];

const agentColumns = [
  { title: 'Node', kind: 'name', show: (agent) => link(`/api/v1/agents/${segment(agent.node_id)}`, agent.node_id) },
  { title: 'State', show: (agent) => state(agent.state) },
  { title: 'Last report', show: (agent) => moment(agent.report_timestamp) },
  { title: 'Cells', show: (agent) => (agent.cells ?? []).map((cell) =>
    `${cell.cell_id} ${cell.version ?? ''}${cell.running === false ? ' (not running)' : ''}`.trim()).join(', ') },
  { title: 'Agent', kind: 'version', show: (agent) => agent.agent_version ?? '' },
];

function attention(cells, agents) {
  const items = [
    ...agents.filter((agent) => agent.state !== 'active').map((agent) => element('li', { class: looks[agent.state] ?? '' },
      state(agent.state), ' agent ', element('strong', null, agent.node_id),
      element('p', null, 'Last report: ', moment(agent.report_timestamp),
        '. Check that the node is up and that its agent reaches the bucket.'))),
    ...cells.filter((cell) => cell.state in nextActions).map((cell) => element('li', { class: looks[cell.state] },
      state(cell.state), ' cell ', element('strong', null, `${cell.node_id}/${cell.cell_id}`),
      element('p', null, cell.reason ?? ''),
      element('p', null, nextActions[cell.state], ' ', link(`${cellPath(cell)}/status`, 'Status and logs')))),
  ];
  if (items.length > 0) return element('ul', { class: 'attention' }, ...items);
  return element('p', { class: 'empty' }, agents.length + cells.length > 0
    ? `Nothing. Agents: ${agents.length}, cells: ${cells.length}; all of them are well or under way.`
    : 'No agent has reported yet and no cell exists.');
}

/** Every item of a list, through all its pages. */
async function all(path) {
  const items = [];
  for (let after = null; ;) {
    const query = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    const answer = await call(`${path}?limit=1000${query}`);
    if (!answer.ok) throw new Error(await reason(answer));
    const page = await answer.json();
    items.push(...page.items);
    if (!page.next) return items;
    after = page.next;
  }
}

/** Replaces a part only when what it shows has changed, so that focus, selection and scrolling stay. */
function show(id, content) {
  const place = document.getElementById(id);
  if (place.firstElementChild?.outerHTML !== content.outerHTML) place.replaceChildren(content);
}

let known = false; // who uses the page
let lastGood = null;

/** Says how old the page is; the problem stands apart, as a status that screen readers announce once. */
function freshness(problem) {
  const nothing = known && !mayRead() ? '' : 'Nothing loaded yet';
  const asOf = lastGood === null ? nothing : `As of ${lastGood.toLocaleTimeString()}`;
  document.getElementById('freshness').textContent = asOf;
  const place = document.getElementById('problem');
  if (place.textContent !== problem) place.textContent = problem;
}

async function refresh() {
  if (document.hidden) return;
  try {
    if (!known) await begin(changed);
    known = true;
    if (!mayRead()) return freshness('');
    const [cells, agents] = await Promise.all([all('/api/v1/cells'), all('/api/v1/agents')]);
    lastGood = new Date();
    show('attention-list', attention(cells, agents));
    show('cells', table(cellColumns, cells, 'No cell yet. Create one with POST /api/v1/cells.'));
    show('agents', table(agentColumns, agents, 'No agent has reported yet. Start fleetagent on a node.'));
    freshness('');
  } catch (failure) {
    if (known && !mayRead()) return freshness(''); // the session has ended, which the form says
    freshness(`No answer from the controller (${failure.message}); trying again.`);
  }
}

/** What one may not see any more goes. */
function changed() {
  if (!mayRead()) {
    for (const id of ['attention-list', 'cells', 'agents']) document.getElementById(id).replaceChildren();
    lastGood = null;
  }
  refresh();
}

async function keepFresh() {
  await refresh();
  setTimeout(keepFresh, refreshEvery);
}

document.addEventListener('visibilitychange', refresh);
keepFresh();
