// Who uses the page: asks for a password where the controller wants one, and keeps what its requests must carry.

const giveUpAfter = 15000;
const path = '/api/v1/session';

let current = { login: 'none', user: null, role: null, csrf_token: null };

let whenChanged = () => {};

function place(id) {
  return document.getElementById(id);
}

function show() {
  const wanted = current.login === 'form' && current.user === null;
  place('login').hidden = !wanted;
  place('content').hidden = wanted;
  place('account').hidden = current.login !== 'form' || wanted;
  place('who').textContent = wanted ? '' : `${current.user} (${current.role})`;
  if (wanted && place('user').value === '') place('user').focus();
}

function adopt(session) {
  const another = session.user !== current.user || session.login !== current.login;
  current = session;
  show();
  if (another) whenChanged();
}

/** A request of the page: with the session's token, and within a deadline. A session that has ended shows the form. */
export async function call(target, options = {}) {
  const headers = new Headers(options.headers);
  if (current.csrf_token !== null) headers.set('X-CSRF-Token', current.csrf_token);
  const answer = await fetch(target, { ...options, headers, signal: AbortSignal.timeout(giveUpAfter) });
  if (answer.status === 401 && target !== path) {
    place('login-problem').textContent = 'Your session has ended.';
    adopt({ ...current, user: null, role: null, csrf_token: null });
  }
  return answer;
}

/** The sentence of a problem document. */
export async function reason(answer) {
  const problem = await answer.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `the controller answered ${answer.status}`;
}

export function mayRead() {
  return current.user !== null;
}

async function logIn(event) {
  event.preventDefault();
  const button = place('log-in');
  button.disabled = true;
  place('login-problem').textContent = '';
  try {
    const answer = await call(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: place('user').value, password: place('password').value }),
    });
    if (!answer.ok) throw new Error(await reason(answer));
    const session = await answer.json();
    place('login-form').reset();
    adopt(session);
    place('attention').focus();
  } catch (failure) {
    place('login-problem').textContent = `Not logged in: ${failure.message}.`;
    place('password').select();
  } finally {
    button.disabled = false;
  }
}

async function logOut() {
  try {
    const answer = await call(path, { method: 'DELETE' });
    if (!answer.ok && answer.status !== 401) throw new Error(await reason(answer));
    place('login-problem').textContent = '';
    adopt({ ...current, user: null, role: null, csrf_token: null });
  } catch (failure) {
    place('problem').textContent = `Still logged in: ${failure.message}.`;
  }
}

/**
 * Finds out who is there; from then on `changed` is called when somebody logs in or out, or a session has ended. Throws
 * when the controller does not answer.
 */
export async function begin(changed) {
  const answer = await call(path);
  if (!answer.ok) throw new Error(await reason(answer));
  adopt(await answer.json());
  whenChanged = changed;
}

place('login-form').addEventListener('submit', logIn);
place('log-out').addEventListener('click', logOut);
