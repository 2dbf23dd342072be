// What goes wrong between people, browser and controller: names that lead elsewhere, uploads that are stopped, two who save.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { goTo, openBrowser, openPage, shoot } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';

let fleet;
let browser;

before(async () => {
  [fleet, browser] = await Promise.all([Fleet.create(), openBrowser()]);
  await fleet.connect();
});

after(async () => {
  await browser?.close();
  await fleet?.stop();
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

test('a name that would lead up a folder of the API is refused before anything is asked', async () => {
  await on(fleet, async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${fleet.url}/#/manifests/..`);
    await page.getByText('a name of only one or two dots cannot be part of an address').first().waitFor();
    assert.deepEqual(
      asked.filter((one) => /^\/api\/v1\/(versions)?$/.test(one)),
      [],
    );
  });
});

test('Stop ends the uploads that wait too, and what is given meanwhile waits for its turn', async () => {
  await fleet.manifest('many');
  await fleet.api('POST', '/manifests/many/versions', { version: 'v1.0.0' });
  const files = (...names) => names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) }));
  await on(
    fleet,
    async (page) => {
      await page.route('**/files/**', () => {}); // never answered
      await goTo(page, fleet, '/manifests/many/versions/v1.0.0');
      const input = page.locator('.drop input[type=file]');
      await input.setInputFiles(files('a', 'b', 'c', 'd'));
      await input.setInputFiles(files('e'));
      const uploads = page.getByRole('region', { name: 'Uploads' });
      await uploads.getByText('5 of 5 files').waitFor();
      await uploads.getByRole('button', { name: 'Stop' }).click();
      await uploads.getByText('0 of 5 files').waitFor();
      assert.equal(await uploads.getByText('you stopped it').count(), 5);
      await uploads.getByRole('button', { name: 'Close' }).click();
    },
    { expected: [/ERR_/] },
  );
});

test('a manifest taken from someone else is saved over what they saved', async () => {
  await fleet.manifest('shared', 'deploy');
  await on(
    fleet,
    async (page) => {
      await goTo(page, fleet, '/manifests/shared/edit');
      await page.getByLabel('Log files').fill('logs/mine.log');
      const { cells: _cells, name: _name, ...stored } = await fleet.api('GET', '/manifests/shared');
      await fleet.api('PUT', '/manifests/shared', { ...stored, log_files: ['logs/theirs.log'] });
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('button', { name: 'Take theirs' }).click();
      await page.getByLabel('Log files').fill('logs/both.log');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.locator('h1', { hasText: /^shared$/ }).waitFor();
      assert.deepEqual((await fleet.api('GET', '/manifests/shared')).log_files, ['logs/both.log']);
    },
    { expected: [/412/] },
  );
});
