// What each state looks like, how urgent it is, and what someone can do about it. The word is always shown with the sign.

/** @typedef {'good' | 'busy' | 'warn' | 'bad' | 'none'} Look */

/** @type {Record<string, Look>} */
const looks = {
  active: 'good',
  running: 'good',
  succeeded: 'good',
  finalized: 'good',
  present: 'good',
  success: 'good',
  complete: 'good',
  pending: 'busy',
  deploying: 'busy',
  draft: 'busy',
  busy: 'busy',
  waiting: 'none',
  warning: 'warn',
  rolled_back: 'warn',
  agent_silent: 'warn',
  missing: 'warn',
  unanswered: 'warn',
  incomplete: 'warn',
  dead: 'bad',
  failed: 'bad',
  stopped: 'bad',
  never_deployed: 'none',
  unknown: 'none',
  cancelled: 'none',
};

/** @returns {Look} */
export const lookOf = (/** @type {string | null | undefined} */ state) => looks[state ?? 'unknown'] ?? 'none';

export const wordOf = (/** @type {string | null | undefined} */ state) => (state ?? 'unknown').replaceAll('_', ' ');

/** The order in which states need someone. */
const urgency = [
  'failed',
  'dead',
  'stopped',
  'rolled_back',
  'agent_silent',
  'warning',
  'unknown',
  'deploying',
  'pending',
  'never_deployed',
];
export const urgencyOf = (/** @type {string} */ state) => {
  const place = urgency.indexOf(state);
  return place < 0 ? urgency.length : place;
};

export const cellStates = [
  'failed',
  'rolled_back',
  'stopped',
  'agent_silent',
  'deploying',
  'pending',
  'never_deployed',
  'unknown',
  'running',
];
export const agentStates = ['dead', 'warning', 'active'];

/** What an operator can do about a cell that needs attention. */
/** @type {Record<string, string>} */
export const nextSteps = {
  failed: 'Read the logs, then publish a version that works.',
  rolled_back: 'The version before runs again. Read the logs, then publish a corrected version.',
  stopped: 'Look at the service on the node; publishing again starts it.',
  agent_silent: 'Check that the node is up and that its agent reaches the bucket.',
  dead: 'Check that the node is up and that its agent reaches the bucket; delete it when the node is gone for good.',
  warning: 'Its report is late: check the load of the node and its way to the bucket.',
  bucket: 'Check the endpoint and the credentials of the connection.',
};
