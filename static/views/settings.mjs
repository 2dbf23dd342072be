// What a person sets for themselves: how the page looks, their password, and tokens for programs.

import { html, useState } from '../lib/html.mjs';
import { all, post, remove } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { chooseTheme, theme } from '../lib/preferences.mjs';
import { adoptSession, session } from '../lib/session.mjs';
import { useStore } from '../lib/store.mjs';
import { Copyable, Empty, Facts, Moment, Problem, Show } from '../parts/basics.mjs';
import { ask } from '../parts/dialog.mjs';
import { Choice, Pick, TextField, faultOf } from '../parts/form.mjs';
import { announce } from '../parts/notices.mjs';
import { Table } from '../parts/table.mjs';

function Password() {
  const [now, setNow] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const differs = again !== '' && next !== again;
  const changing = useAction(async () => {
    adoptSession(await post('/session/password', { password: now, new_password: next }));
    setNow('');
    setNext('');
    setAgain('');
    announce('The password is changed; your other sessions have ended');
  });
  return html`<section aria-labelledby="password-title"><h2 id="password-title">Password</h2><form class="narrow-form" onSubmit=${(
    /** @type {Event} */ event,
  ) => {
    event.preventDefault();
    if (!changing.busy && !differs) changing.run();
  }}>
    <${TextField} label="Present password" type="password" autocomplete="current-password" required value=${now} set=${setNow} />
    <${TextField} label="New password" type="password" autocomplete="new-password" required minlength="8" value=${next} set=${setNext} hint="8 to 72 bytes." fault=${faultOf(changing.problem, 'new_password')} />
    <${TextField} label="New password again" type="password" autocomplete="new-password" required value=${again} set=${setAgain} fault=${differs ? 'It differs from the one above.' : undefined} />
    <${Problem} problem=${changing.problem} doing="Change the password" /><div class="actions"><button type="submit" class="primary" disabled=${changing.busy || differs}>Change password</button></div></form></section>`;
}

function NewToken({ made }) {
  const { role } = useStore(session, (one) => one);
  const roles = ['viewer', 'operator', 'admin'].slice(0, ['viewer', 'operator', 'admin'].indexOf(role ?? 'viewer') + 1);
  const [value, setValue] = useState({ name: '', role: 'viewer', days: '90' });
  const [token, setToken] = useState('');
  const making = useAction(async () => {
    const answer = await post('/tokens', {
      name: value.name,
      role: value.role,
      ...(value.days === '' ? {} : { expires_in_days: Number(value.days) }),
    });
    setToken(answer.token);
    setValue({ ...value, name: '' });
    await made();
  });
  const fault = (/** @type {string} */ name) => faultOf(making.problem, name);
  return html`${token && html`<div class="note good" role="status"><p><strong>This is the only time that it is shown:</strong></p><p><${Copyable} text=${token} /></p><p class="quiet">Send it as <code>Authorization: Bearer …</code></p><button type="button" onClick=${() => setToken('')}>I have it</button></div>`}
    <form class="inline" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (!making.busy) making.run();
    }}>
      <${TextField} label="Name of a new token" value=${value.name} required set=${(/** @type {string} */ name) => setValue({ ...value, name })} fault=${fault('name')} />
      <${Choice} label="Role" value=${value.role} options=${roles} set=${(/** @type {string} */ next) => setValue({ ...value, role: next })} fault=${fault('role')} />
      <${TextField} label="Days it is valid" value=${value.days} inputmode="numeric" set=${(/** @type {string} */ days) => setValue({ ...value, days })} fault=${fault('expires_in_days')} />
      <button type="submit" disabled=${making.busy}>Make token</button></form><${Problem} problem=${making.problem} doing="Make the token" />`;
}

function Tokens() {
  const loaded = useLoad(async () => (await all('/tokens')).items, []);
  const askToRevoke = (/** @type {any} */ one) =>
    ask({
      title: `Revoke the token ${one.name}`,
      action: 'Revoke',
      danger: true,
      body: html`<p>Whatever program uses it is refused from now on.</p>`,
      act: async () => {
        await remove(`/tokens/${encodeURIComponent(one.id)}`);
        await loaded.reload();
      },
    });
  const columns = [
    { key: 'name', title: 'Token', kind: 'name', show: (/** @type {any} */ one) => one.name },
    { key: 'owner', title: 'Of', show: (/** @type {any} */ one) => one.owner },
    { key: 'role', title: 'Role', show: (/** @type {any} */ one) => one.role },
    { key: 'expires', title: 'Valid until', kind: 'wide', show: (/** @type {any} */ one) => html`<${Moment} at=${one.expires_at} />` },
    { key: 'used', title: 'Last used', show: (/** @type {any} */ one) => html`<${Moment} at=${one.last_used_at} short />` },
    {
      key: 'actions',
      title: '',
      kind: 'row-actions',
      show: (/** @type {any} */ one) =>
        html`<button type="button" class="danger" aria-label="Revoke ${one.name}" onClick=${() => askToRevoke(one)}>Revoke</button>`,
    },
  ];
  return html`<section aria-labelledby="tokens-title"><h2 id="tokens-title">API tokens</h2><${NewToken} made=${loaded.reload} />
    <${Show} from=${loaded} what="the tokens">${(/** @type {any[]} */ list) => html`<${Table} label="API tokens" columns=${columns} rows=${list} id=${(/** @type {any} */ one) => one.id} empty=${html`<${Empty} title="There is no token." />`} />`}<//></section>`;
}

export default function Settings() {
  const { login, user, role, endsAt } = useStore(session, (now) => now);
  const chosen = useStore(theme, (now) => now);
  return html`<h1>Settings</h1>
    <h2>Theme</h2><${Pick} label="Theme" options=${[
      ['system', 'As the system'],
      ['light', 'Light'],
      ['dark', 'Dark'],
    ]} value=${chosen} set=${chooseTheme} />
    <h2>You</h2><${Facts} rows=${[['User', login === 'form' ? user : 'this controller asks nobody for a login'], ['Role', role], login === 'form' && ['Session ends', html`<${Moment} at=${endsAt} />`]]} />
    ${login === 'form' && html`<${Password} /><${Tokens} />`}
    <h2>Reference</h2><p><a href="/api/openapi.json">The API’s description</a> (OpenAPI 3.1): everything that this page does, for scripts.</p>`;
}
