// What is easily forgotten: the keyboard, hostile text, who may what, what is wrong with an answer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { goTo, narrow, openBrowser, openPage, shoot, unaccessible } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';
import { controllerProgram } from './support/programs.mjs';

const markup = '<img src=x onerror=alert(1)><b>bold</b>&amp;"\'`${1}';
const password = 'correct horse';
let fleet;
let guarded;
let browser;

function user(name, role) {
  return execFileSync(controllerProgram, ['hash-password', '--cost', '4', name, '--role', role], {
    input: `${password}\n`,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
    .toString()
    .trim()
    .replace(/^- /, '')
    .replace(/^"|"$/g, '');
}

before(async () => {
  [fleet, guarded, browser] = await Promise.all([
    Fleet.create(),
    Fleet.create({ users: [user('alice', 'admin'), user('carol', 'viewer')] }),
    openBrowser(),
  ]);
  await fleet.connect();
  await fleet.manifest('plain', 'deploy');
  await fleet.version('plain', 'v1.0.0', { 'version.txt': `${markup}\n` });
  await fleet.cell('node1', 'plain', 'plain');
  await fleet.publish('plain', 'v1.0.0', ['node1/plain']);
  await fleet.put('cells/node1/plain/status.json', {
    running_version: 'v1.0.0',
    applied_at: Math.floor(Date.now() / 1000),
    status: 'failed',
    error: markup,
    logs: { [markup]: [markup] },
  });
  for (let at = 1; at <= 3; at += 1) {
    await fleet.report(`node${at}`, {
      hostname: markup,
      agent_version: markup,
      os: markup,
      last_error: markup,
      conflict: markup,
      disk_free_bytes: { [markup]: 1 },
      cells: [{ cell_id: 'plain', manifest_name: 'plain', profile: 'deploy', version: 'v1.0.0', health: markup }],
    });
  }
});

after(async () => {
  await browser?.close();
  await Promise.all([fleet?.stop(), guarded?.stop()]);
});

async function on(which, tell, options) {
  const { page, context, faults } = await openPage(browser, which, options);
  try {
    await tell(page, context);
    assert.deepEqual(faults, []);
  } catch (why) {
    await shoot(page, `failed-${Date.now()}`);
    throw why;
  } finally {
    await context.close();
  }
}

test('markup in names, errors, logs and files is shown as the text it is', async () => {
  await on(fleet, async (page) => {
    for (const where of [
      '/',
      '/agents',
      '/agents/node1',
      '/cells',
      '/cells/node1/plain',
      '/manifests/plain/versions/v1.0.0',
      '/operations',
      '/audit',
    ]) {
      await goTo(page, fleet, where);
      await page.locator('.top .live').waitFor();
      assert.equal(await page.locator('main img, main b:text-is("bold")').count(), 0, where);
    }
    await goTo(page, fleet, '/cells/node1/plain');
    await page.locator('.failure', { hasText: markup }).waitFor();
    await page.locator('.log', { hasText: markup }).waitFor();
    await goTo(page, fleet, '/manifests/plain/versions/v1.0.0');
    await page.getByRole('button', { name: 'version.txt' }).click();
    await page.locator('dialog .code', { hasText: markup }).waitFor();
    assert.equal(await page.locator('dialog img').count(), 0);
  });
});

test('everything is reached with the keyboard: keys, search, rows, the grid, dialogs', async () => {
  await on(fleet, async (page) => {
    await goTo(page, fleet, '/');
    await page.locator('.grid-box').waitFor();
    await page.locator('.grid-box').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'node2' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.locator('h1', { hasText: 'Agents' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('node3');
    await page.waitForFunction(() => location.hash === '#/agents?q=node3');
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.locator('[data-search]').fill('');
    await page.getByRole('link', { name: 'node1', exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'node2');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    assert.deepEqual(await unaccessible(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'node2');
  });
});

test('the focus and the scrolling stay while the fleet changes', async () => {
  await on(fleet, async (page) => {
    await goTo(page, fleet, '/agents');
    await page.getByRole('link', { name: 'node2', exact: true }).focus();
    await fleet.report('node0', { load_percent: 77 });
    await page.getByText('77 %').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'node2');
  });
});

test('dead agents are deleted after a preview that names them', async () => {
  for (const name of ['gone1', 'gone2']) await fleet.report(name, { age: 100_000 });
  await on(fleet, async (page) => {
    await goTo(page, fleet, '/agents?state=dead');
    await page.getByRole('button', { name: 'Delete all dead (2) …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete 2 dead agents' });
    assert.match(await dialog.innerText(), /gone1[\s\S]*gone2/);
    await dialog.getByRole('button', { name: 'Delete 2 agents' }).click();
    await page.getByText('No agent is like that.').waitFor();
  });
});

test('a store that does not answer is said with what to do, and typing a name is asked for what cannot be undone', async () => {
  await on(fleet, async (page) => {
    await goTo(page, fleet, '/buckets/local?prefix=cells/');
    await page.getByRole('button', { name: 'Try every operation' }).click();
    await page.getByText('The store does all that is needed').waitFor();
    await page.getByRole('button', { name: 'Delete cells/node1/' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete the folder cells/node1/' });
    await dialog.getByRole('textbox').fill('cells/node');
    assert.equal(await dialog.getByRole('button', { name: /^Delete \d+ objects$/ }).isDisabled(), true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });
});

test('a login is asked for, a wrong password is said, and a viewer is offered nothing that changes', async () => {
  await on(
    guarded,
    async (page) => {
      await page.goto(guarded.url);
      assert.deepEqual(await unaccessible(page), []);
      await shoot(page, 'login');
      await page.getByLabel('User').fill('carol');
      await page.getByLabel('Password').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('Not logged in').waitFor();
      await page.getByLabel('Password').fill(password);
      await page.keyboard.press('Enter');
      await page.locator('.account', { hasText: 'carol' }).waitFor();
      await goTo(page, guarded, '/cells');
      assert.equal(await page.getByRole('button', { name: 'New cell …' }).count(), 0);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('User').fill('alice');
      await page.getByLabel('Password').fill(password);
      await page.keyboard.press('Enter');
      await goTo(page, guarded, '/settings');
      await page.getByLabel('Name of a new token').fill('ci');
      await page.getByRole('button', { name: 'Make token' }).click();
      await page.getByText('This is the only time that it is shown').waitFor();
      assert.match(await page.locator('.note code').first().innerText(), /^fmt_[0-9a-f]{64}$/);
      assert.deepEqual(await unaccessible(page), []);
      await page.context().clearCookies();
      await page.getByRole('button', { name: 'Revoke ci' }).click();
      await page.getByRole('button', { name: 'Revoke', exact: true }).click();
      await page.getByText('Your session has ended.').waitFor();
    },
    { expected: [/401/] },
  );
});

test('the theme is chosen in the settings and stays', async () => {
  await on(
    fleet,
    async (page) => {
      await goTo(page, fleet, '/settings');
      await page.getByRole('button', { name: 'Dark' }).click();
      await page.reload();
      await page.locator('h1').waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(15, 20, 25)');
    },
    { viewport: narrow, colorScheme: 'light' },
  );
});

test('what was deleted is restored, or deleted for good after its name was typed', async () => {
  const items = [
    {
      id: 'local:recycle:plain-v0.9.0',
      kind: 'version',
      bucket: 'local',
      folder: 'recycle/plain-v0.9.0',
      manifest: 'plain',
      version: 'v0.9.0',
      cell: null,
      deleted_at: '2026-01-05T10:00:00.000Z',
      object_count: 6,
      size: 2048,
    },
    {
      id: 'local:cell_recycle:node9-web',
      kind: 'cell',
      bucket: 'local',
      folder: 'cell_recycle/node9-web',
      manifest: null,
      version: null,
      cell: 'node9/web',
      deleted_at: '2026-01-06T10:00:00.000Z',
      object_count: 60,
      size: 20480,
    },
  ];
  const asked = [];
  await on(fleet, async (page) => {
    await page.route('**/api/v1/recycle?**', (route) => route.fulfill({ json: { items, next: null } }));
    await page.route('**/api/v1/recycle/**', (route) => {
      const [, id] = /recycle\/([^/]+)/.exec(route.request().url());
      asked.push(`${route.request().method()} ${decodeURIComponent(id)}`);
      items.splice(
        items.findIndex((one) => one.id === decodeURIComponent(id)),
        1,
      );
      return route.request().method() === 'DELETE' ? route.fulfill({ status: 204 }) : route.fulfill({ json: {} });
    });
    await goTo(page, fleet, '/recycle');
    await page.getByRole('button', { name: 'Restore node9/web' }).click();
    await page.getByRole('dialog', { name: 'Restore node9/web' }).getByRole('button', { name: 'Restore' }).click();
    await page.getByText('node9/web is restored').waitFor();
    await page.getByRole('button', { name: 'Delete plain v0.9.0 for good' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete plain v0.9.0 for good' });
    assert.deepEqual(await unaccessible(page), []);
    await dialog.getByRole('textbox').fill('plain v0.9.0');
    await dialog.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('The recycle bin is empty.').waitFor();
  });
  assert.deepEqual(asked, ['POST local:cell_recycle:node9-web', 'DELETE local:recycle:plain-v0.9.0']);
});

test('an unknown token is shown on its line, and what is not saved is not lost by a slip', async () => {
  await fleet.manifest('tokens');
  await fleet.version('tokens', 'v1.0.0');
  await fleet.api('POST', '/manifests/tokens/versions', { version: 'v2.0.0', clone_from: 'v1.0.0' });
  await on(
    fleet,
    async (page) => {
      await goTo(page, fleet, '/manifests/tokens/versions/v2.0.0');
      await page.getByRole('button', { name: 'Edit run.sh' }).click();
      await page
        .getByLabel('Text of the file')
        .fill('#!/bin/sh\nexec sleep 1 {{ fleetagent_cell_id }}\necho {{ region }}\n# {{ not_this }}\n');
      await page.getByText('Line 3: the agent does not know').waitFor();
      await page.keyboard.press('Escape'); // the question is answered with no
      await page.getByLabel('Text of the file').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Finalize' }).click();
      await page.getByRole('list', { name: 'What is missing or wrong' }).getByRole('button', { name: 'run.sh' }).click();
      await page.getByText('Line 3: the agent does not know').waitFor();
      assert.deepEqual(await unaccessible(page), []);
    },
    { expected: [/422/] },
  );
});

test('a cell gets another manifest', async () => {
  await fleet.manifest('other', 'deploy');
  await on(fleet, async (page) => {
    await goTo(page, fleet, '/cells/node1/plain');
    await page.getByRole('button', { name: 'change' }).click();
    await page.getByLabel('Manifest', { exact: true }).selectOption('other');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('link', { name: 'other', exact: true }).waitFor();
  });
});
