// Asks for a password where the controller wants one.

import { html, useEffect, useRef, useState } from '../lib/html.mjs';
import { post } from '../lib/http.mjs';
import { useAction } from '../lib/loading.mjs';
import { adoptSession, session } from '../lib/session.mjs';
import { useStore } from '../lib/store.mjs';

export function Login() {
  const ended = useStore(session, (now) => now.ended);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  const secret = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    document.title = 'Log in · Fleetman';
  }, []);
  const entering = useAction(async () => {
    try {
      adoptSession(await post('/session', { user, password }));
    } catch (why) {
      secret.current?.select();
      throw why;
    }
  });
  return html`<main class="login"><form aria-labelledby="login-title" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!entering.busy) entering.run();
  }}>
    <p class="brand">Fleetman</p>
    <h1 id="login-title">Log in</h1>
    ${ended && !entering.problem && html`<p class="quiet" role="status">Your session has ended.</p>`}
    <div class="field"><label for="user">User</label><input id="user" ref=${first} name="user" autocomplete="username" autocapitalize="none" spellcheck="false"
      maxlength="128" required value=${user} onInput=${(/** @type {any} */ event) => setUser(event.currentTarget.value)} /></div>
    <div class="field"><label for="password">Password</label><input id="password" ref=${secret} name="password" type="password"
      autocomplete="current-password" required value=${password} onInput=${(/** @type {any} */ event) => setPassword(event.currentTarget.value)} /></div>
    <div role="alert">${entering.problem && html`<p class="fault">Not logged in: ${entering.problem.message}.</p>`}</div>
    <button type="submit" class="primary" disabled=${entering.busy}>${entering.busy ? 'Logging in …' : 'Log in'}</button>
  </form></main>`;
}
