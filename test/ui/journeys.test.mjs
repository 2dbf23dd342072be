// What people do with the page, from the first click to what runs on the node.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { goTo, openBrowser, openPage, shoot } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';
import { repository, until } from './support/programs.mjs';

let fleet;
let browser;
const files = ['run.sh', 'hello.py', 'settings.ini', 'cell.ini', 'version.txt'].map((name) =>
  path.join(repository, 'examples/hello/files', name),
);

before(async () => {
  [fleet, browser] = await Promise.all([Fleet.create(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await fleet?.stop();
});

/** Runs a story on a page, and holds the page to having done nothing wrong. */
async function story(tell, options = {}) {
  const { page, context, faults } = await openPage(browser, fleet, options);
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

const button = (page, name) => page.getByRole('button', { name, exact: true });
const field = (page, label) => page.getByLabel(label, { exact: true });

async function answers(port) {
  return (await fetch(`http://127.0.0.1:${port}/`)).json();
}

test('from an empty installation to a running cell, led by the guide', async () => {
  await story(
    async (page) => {
      await page.goto(fleet.url);
      await page.getByRole('link', { name: 'Begin' }).click();
      await button(page, 'Connect …').click();
      for (const [label, value] of Object.entries({
        Name: 'local',
        Endpoint: fleet.endpoint,
        Bucket: 'fleet',
        Prefix: 'prod',
        'Access key': 'USERINTERFACE',
        'Secret key': 'user-interface-secret',
      })) {
        await field(page, label).fill(value);
      }
      await button(page, 'Connect').click();
      await page.getByRole('link', { name: 'New manifest' }).click();
      await field(page, 'The manifest as YAML')
        .fill(`name: hello\nprofile: supervisor\nbucket: local\nlog_files: [logs/stdout.log, logs/stderr.log]\nfiles:
  - {path: run.sh, file_type: template, mode: 0700}\n  - {path: hello.py, file_type: text}\n  - {path: version.txt, file_type: text}
  - {path: settings.ini, file_type: text}\n  - {path: cell.ini, file_type: template}\n  - {path: logs/, file_type: folder}\n`);
      await page.getByText('All rules are kept').waitFor();
      assert.equal(await field(page, 'Name').inputValue(), 'hello');
      await button(page, 'Create the manifest').click();
      await button(page, 'Begin the first one').click();
      await button(page, 'Begin v1.0.0').click();
      await page.getByText('5 files still missing').waitFor();
      await button(page, 'Finalize').click();
      await page.getByRole('list', { name: 'What is missing or wrong' }).getByText('run.sh').first().waitFor();
      await page.locator('input[type=file]').setInputFiles(files);
      await page.getByText('5 of 5 files').waitFor();
      await page.getByText('Nothing is missing').waitFor();
      await button(page, 'Finalize').click();
      await page.locator('.heading .state', { hasText: 'finalized' }).waitFor();
      await page.goto(`${fleet.url}/#/guide`);
      await button(page, 'New cell …').click();
      await field(page, 'Node').fill('node01');
      await button(page, 'Create node01/hello').click();
      await page.locator('h1', { hasText: 'node01/hello' }).waitFor();
    },
    { expected: [/422/] },
  );
  const port = await fleet.settings('node01', 'hello');
  await fleet.startNode();
  await story(async (page) => {
    await goTo(page, fleet, '/guide');
    await page.getByRole('link', { name: 'Preview and publish' }).click();
    await button(page, 'Publish v1.0.0 to node01/hello').click();
    await page.locator('.heading .state', { hasText: 'running' }).waitFor({ timeout: 60_000 });
    assert.equal((await until('the service answers', () => answers(port))).version, 'v1.0.0');
    await goTo(page, fleet, '/');
    await page.getByText('Everything is all right').waitFor();
    await shoot(page, 'all-is-well');
  });
});

test('a new version with a changed file and an override is previewed, published and watched', async () => {
  await story(async (page) => {
    await goTo(page, fleet, '/manifests/hello');
    await button(page, 'New version …').click();
    await button(page, 'Begin v1.0.1').click();
    await button(page, 'Edit version.txt').click();
    await field(page, 'Text of the file').fill('v1.0.1\n');
    await button(page, 'Save').click();
    await button(page, 'Finalize').click();
    await page.locator('.heading .state', { hasText: 'finalized' }).waitFor();

    await goTo(page, fleet, '/cells/node01/hello?tab=overrides');
    await button(page, 'Edit settings.ini').click();
    const text = await field(page, 'Text of the file').inputValue();
    await field(page, 'Text of the file').fill(text.replace('greeting = Hello', 'greeting = <b>Good evening</b>'));
    await page.keyboard.press('Control+s');
    await page.locator('dialog').waitFor({ state: 'detached' });

    await button(page, 'Preview and publish').click();
    await field(page, 'Version').selectOption('v1.0.1');
    await page.locator('summary', { hasText: 'settings.ini' }).click();
    await page.locator('.diff .added', { hasText: 'greeting = <b>Good evening</b>' }).waitFor();
    await shoot(page, 'preview-of-a-publish');
    await button(page, 'Publish v1.0.1 to node01/hello').click();
    await page
      .locator('.facts dd', { hasText: 'v1.0.1' })
      .or(page.locator('.heading .state', { hasText: 'running' }))
      .first()
      .waitFor();
    await until('v1.0.1 runs', async () => (await fleet.api('GET', '/cells/node01/hello')).running_version === 'v1.0.1', 60);
    await button(page, 'State').click();
    await page.locator('.facts', { hasText: 'v1.0.1' }).waitFor();
  });
});

test('a version that fails is rolled back, its logs are read, and the page says what to do', async () => {
  await story(async (page) => {
    await fleet.version('hello', 'v1.1.0', { 'hello.py': 'raise SystemExit("cannot open the <i>database</i>")\n' });
    await goTo(page, fleet, '/cells/node01/hello?tab=publish');
    await field(page, 'Version').selectOption('v1.1.0');
    await button(page, 'Publish v1.1.0 to node01/hello').click();
    await page.locator('.heading .state', { hasText: 'rolled back' }).waitFor({ timeout: 60_000 });
    await button(page, 'State').click();
    await page.locator('.log', { hasText: 'cannot open the <i>database</i>' }).first().waitFor();
    await page.getByText('publish a corrected version').first().waitFor();
    await goTo(page, fleet, '/');
    await page.locator('.attention li', { hasText: 'node01/hello' }).waitFor();
    assert.equal(await page.locator('main i').count(), 0);
    await goTo(page, fleet, '/cells/node01/hello?tab=snapshots');
    await button(page, 'Roll back to v1.0.1 …').click();
    await button(page, 'Deploy v1.0.1 again').click();
    await page.locator('.heading .state', { hasText: 'running' }).waitFor({ timeout: 60_000 });
  });
});

test('publishing to fifty cells shows each as it goes, and the one that fails with its reason', async () => {
  await fleet.manifest('bulk', 'deploy');
  await fleet.version('bulk', 'v1.0.0');
  const nodes = Array.from({ length: 50 }, (_, at) => `bulk${String(at).padStart(2, '0')}`);
  await Promise.all(nodes.map((node) => fleet.cell(node, 'bulk', 'bulk')));
  await fleet.put('cells/bulk25/bulk/overrides/version.txt/inside', 'a file below what is a file');
  await story(async (page) => {
    await goTo(page, fleet, '/cells?manifest=bulk');
    await page.getByRole('checkbox', { name: 'Choose all 50' }).check();
    await button(page, 'Publish …').click();
    await page.getByRole('checkbox', { name: 'Begin no further cell after a failure' }).uncheck();
    await button(page, 'Publish v1.0.0 to 50 cells').click();
    await page.getByText('50 of 50 steps, 1 failed').waitFor({ timeout: 60_000 });
    const failed = page.locator('.steps li', { hasText: 'bulk25/bulk' });
    assert.match(await failed.innerText(), /failed[\s\S]*no host can hold/);
    await shoot(page, 'bulk-publish');
    await button(page, 'Close').last().click();
  });
});

test('of two tabs that edit the same file, the second is told and shown the difference', async () => {
  await fleet.api('POST', '/manifests/hello/versions', { version: 'v2.0.0', clone_from: 'v1.0.1' });
  await story(
    async (page, context) => {
      const other = await context.newPage();
      const openFile = async (tab) => {
        await goTo(tab, fleet, '/manifests/hello/versions/v2.0.0');
        await button(tab, 'Edit settings.ini').click();
        await field(tab, 'Text of the file').waitFor();
      };
      await openFile(page);
      await openFile(other);
      await field(page, 'Text of the file').fill('[hello]\nport = 1\n');
      await button(page, 'Save').click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      await field(other, 'Text of the file').fill('[hello]\nport = 2\n');
      await button(other, 'Save').click();
      await other.getByText('Someone else has saved this file since you opened it.').waitFor();
      await other.locator('.diff .removed', { hasText: 'port = 1' }).waitFor();
      await other.locator('.diff .added', { hasText: 'port = 2' }).waitFor();
      await shoot(other, 'conflict');
      await button(other, 'Save mine over it').click();
      await until(
        'the second text is stored',
        async () => (await fleet.api('GET', '/manifests/hello/versions/v2.0.0/files/settings.ini')) === '[hello]\nport = 2\n',
      );
    },
    { expected: [/412/] },
  );
});

test('when the controller is restarted the page says so with the age of what it shows, and catches up', async () => {
  await story(
    async (page) => {
      await goTo(page, fleet, '/agents');
      await page.locator('.top .live').waitFor();
      await fleet.controller.stop();
      await page.getByText('The connection to the controller is lost').waitFor();
      await page.getByText('What you see was true').waitFor();
      assert.equal(await page.getByRole('link', { name: 'node01', exact: true }).count(), 1);
      await shoot(page, 'connection-lost');
      await fleet.startController();
      await fleet.report('late-node');
      await page.getByRole('link', { name: 'late-node' }).waitFor();
      await page.locator('.top .live').waitFor();
    },
    { expected: [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/] },
  );
});
