// Every view, in both themes, wide and narrow: nothing on the console, nothing refused by the policy, nothing that axe-core
// finds, nothing wider than the window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { goTo, narrow, openBrowser, openPage, shoot, unaccessible, wide } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';
import { until } from './support/programs.mjs';

let fleet;
let browser;

const views = {
  overview: '/',
  agents: '/agents',
  agent: '/agents/node01',
  cells: '/cells',
  cell: '/cells/node01/failing',
  preview: '/cells/node01/good?tab=publish',
  overrides: '/cells/node01/good?tab=overrides',
  snapshots: '/cells/node01/good?tab=snapshots',
  manifests: '/manifests',
  manifest: '/manifests/hello',
  'manifest-form': '/manifests/hello/edit',
  version: '/manifests/hello/versions/v1.0.0',
  draft: '/manifests/hello/versions/v1.2.0',
  differences: '/manifests/hello/diff?from=v1.0.0&to=v1.1.0',
  buckets: '/buckets',
  bucket: '/buckets/local',
  profiles: '/resource-profiles',
  operations: '/operations',
  recycle: '/recycle',
  audit: '/audit',
  settings: '/settings',
  guide: '/guide',
  nothing: '/nothing/here',
};

before(async () => {
  [fleet, browser] = await Promise.all([Fleet.create(), openBrowser()]);
  await fleet.connect();
  await fleet.manifest();
  await fleet.version('hello', 'v1.0.0');
  await fleet.version('hello', 'v1.1.0', { 'hello.py': 'raise SystemExit("cannot open the database")\n' });
  await fleet.api('POST', '/manifests/hello/versions', { version: 'v1.2.0', clone_from: 'v1.0.0' });
  await fleet.api('DELETE', '/manifests/hello/versions/v1.2.0/files/run.sh');
  await fleet.api('POST', '/resource-profiles', { name: 'small', cpu: '500m', memory: '256MiB' });
  for (const cell of ['good', 'failing']) {
    await fleet.cell('node01', cell, 'hello');
    await fleet.settings('node01', cell);
  }
  for (let at = 2; at < 40; at += 1) {
    await fleet.report(`node${String(at).padStart(2, '0')}`, { age: at % 9 === 0 ? 9000 : at % 7 === 0 ? 45 : 0, cells: [] });
  }
  await fleet.startNode();
  await fleet.publish('hello', 'v1.0.0', ['node01/good', 'node01/failing']);
  const state = (cell, wanted) =>
    until(`${cell} is ${wanted}`, async () => (await fleet.api('GET', `/cells/node01/${cell}`)).state === wanted, 60);
  await state('failing', 'running');
  await fleet.publish('hello', 'v1.1.0', ['node01/failing']);
  await state('failing', 'rolled_back');
});

after(async () => {
  await browser?.close();
  await fleet?.stop();
});

/** Everything that was asked for is there. */
async function settled(page) {
  await page.locator('.top .live').waitFor();
  await page.waitForFunction(() => document.querySelector('.loading') === null);
}

for (const [name, where] of Object.entries(views)) {
  test(`${name} is clean in both themes, wide and narrow`, async () => {
    const { page, context, faults } = await openPage(browser, fleet, { viewport: wide, colorScheme: 'light' });
    try {
      await goTo(page, fleet, where);
      await settled(page);
      for (const [size, viewport] of Object.entries({ wide, narrow })) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          await shoot(page, `${name}-${size}-${colorScheme}`);
          // Contrast is a matter of the theme, and all else of the width: two of the four tell everything.
          if ((size === 'wide') === (colorScheme === 'light')) assert.deepEqual(await unaccessible(page), [], `${size}, ${colorScheme}`);
        }
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${size}: wider than the window`);
      }
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  });
}
