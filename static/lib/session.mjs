// Who uses the page, and what their requests must carry.

import { createStore } from './store.mjs';

/**
 * @typedef {{ known: boolean, login: 'form' | 'none', user: string | null, role: 'viewer' | 'operator' | 'admin' | null,
 *   csrf: string | null, endsAt: string | null, ended: boolean }} Session
 */

/** @type {import('./store.mjs').Store<Session>} */
export const session = createStore(
  /** @type {Session} */ ({
    known: false,
    login: 'none',
    user: null,
    role: null,
    csrf: null,
    endsAt: null,
    ended: false,
  }),
);

/** @param {any} answer of GET or POST /session */
export function adoptSession(answer) {
  session.set({
    known: true,
    login: answer.login,
    user: answer.user,
    role: answer.role,
    csrf: answer.csrf_token,
    endsAt: answer.ends_at,
    ended: false,
  });
}

/** The controller does not know us any more. */
export function endSession(ended = true) {
  if (session.get().user !== null) session.patch({ user: null, role: null, csrf: null, ended });
}

/** What a later answer of GET /session says of who one is: the same, another role, or nobody any more. */
export function followSession(/** @type {any} */ answer) {
  const now = session.get();
  if (now.user === null) return;
  if (answer.user === null) endSession();
  else if (answer.user !== now.user || answer.role !== now.role || answer.csrf_token !== now.csrf) adoptSession(answer);
}

const ranks = { viewer: 0, operator: 1, admin: 2 };

/**
 * Whether who is here may do what needs this role; the controller decides, the page only does not offer the rest.
 * @param {'viewer' | 'operator' | 'admin'} role
 */
export function may(role) {
  const own = session.get().role;
  return own !== null && ranks[own] >= ranks[role];
}
