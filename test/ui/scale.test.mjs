// Ten thousand agents and twenty thousand cells: what a person sees stays smooth. The lists are made up and answered in the
// controller's place; everything else is real. No figure is a bar here, since machines differ: what is checked is that the
// work does not grow with the fleet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { goTo, openBrowser, openPage, shoot } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';

const agentCount = 10_000;
const cellCount = 20_000;
let fleet;
let browser;

before(async () => {
  [fleet, browser] = await Promise.all([Fleet.create(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await fleet?.stop();
});

const now = Math.floor(Date.now() / 1000);
const nodeName = (at) => `node${String(at).padStart(5, '0')}`;
const agent = (at) => ({
  node_id: nodeName(at),
  bucket: 'local',
  state: at % 97 === 0 ? 'dead' : at % 41 === 0 ? 'warning' : 'active',
  report_timestamp: now - (at % 97 === 0 ? 9000 : 3),
  last_modified: new Date().toISOString(),
  clock_skew_seconds: null,
  hostname: `${nodeName(at)}.example.net`,
  agent_version: '0.1.0',
  load_percent: at % 100,
  disk_free_bytes: { '/srv': at * 1e7 },
  cells: [
    { cell_id: 'api', manifest_name: 'api', profile: 'systemd', version: 'v1.0.0', running: true },
    { cell_id: 'web', manifest_name: 'web', profile: 'systemd', version: 'v1.0.0', running: true },
  ],
});
const cell = (at) => ({
  node_id: nodeName(Math.floor(at / 2)),
  cell_id: at % 2 ? 'web' : 'api',
  bucket: 'local',
  manifest: at % 2 ? 'web' : 'api',
  managed: true,
  trigger_version: 'v1.0.0',
  trigger_id: `${at}`,
  triggered_at: new Date(now * 1000).toISOString(),
  running_version: 'v1.0.0',
  running: true,
  state: at % 499 === 0 ? 'failed' : 'running',
  reason: at % 499 === 0 ? 'the service ended with exit code 1' : 'the agent reports it running',
  applied_at: now - at,
});

/** Answers the two lists with pages of made up things. */
async function pretend(page) {
  const list = (make, count) => (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get('after') ?? 0);
    const to = Math.min(count, from + Number(query.get('limit')));
    const items = Array.from({ length: to - from }, (_, at) => make(from + at));
    return route.fulfill({ json: { items, next: to < count ? String(to) : null, event: 'x-1' } });
  };
  await page.route('**/api/v1/agents?**', list(agent, agentCount));
  await page.route('**/api/v1/cells?**', list(cell, cellCount));
}

async function big(tell) {
  const { page, context, faults } = await openPage(browser, fleet);
  try {
    await pretend(page);
    await tell(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

test('of ten thousand agents each is a square of the grid, and only what matters is listed', async () => {
  await big(async (page) => {
    await goTo(page, fleet, '/');
    await page.locator('.total', { hasText: '10,000' }).waitFor();
    await page.locator('.total', { hasText: '20,000' }).waitFor();
    await page.locator('.grid-box canvas').waitFor();
    await shoot(page, 'ten-thousand');
    assert.ok((await page.locator('main *').count()) < 600);
    const painted = await page.locator('.grid-box canvas').evaluate((canvas) => canvas.width * canvas.height);
    assert.ok(painted >= agentCount * 64, `${painted} pixels`);
  });
});

test('a table of twenty thousand rows has those in sight in the document, and the one with the focus', async () => {
  await big(async (page) => {
    await goTo(page, fleet, '/cells?sort=cell');
    await page.getByText('20,000 of 20,000').waitFor();
    const rows = page.locator('tbody tr:not(.gap)');
    assert.ok((await rows.count()) < 120);
    await page.locator('tbody a').first().focus();
    const focused = await page.evaluate(() => document.activeElement.textContent);
    const longest = await page.evaluate(async () => {
      let last = performance.now();
      let worst = 0;
      const frame = () => new Promise(requestAnimationFrame);
      for (let at = 0; at < 60; at += 1) {
        scrollBy(0, 9000);
        await frame();
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }
      return worst;
    });
    console.log(`longest frame while scrolling: ${Math.round(longest)} ms`);
    assert.ok((await rows.count()) < 120);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), focused);
    await page.keyboard.press('ArrowDown');
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.locator('tr[aria-rowindex="20001"]').waitFor();
    await shoot(page, 'twenty-thousand');
    await page.getByRole('searchbox').fill('node09999');
    await page.getByText('2 of 20,000').waitFor();
  });
});

test('the first view is small: what a browser loads for it', async () => {
  const { page, context, faults } = await openPage(browser, fleet);
  try {
    const sizes = [];
    page.on('response', async (response) => {
      if (/\/assets\/|\/$/.test(response.url())) sizes.push(response.request().sizes());
    });
    await page.goto(fleet.url);
    await page.locator('main h1').waitFor();
    const bytes = (await Promise.all(sizes)).reduce((sum, one) => sum + one.responseBodySize, 0);
    console.log(`first view: ${bytes} bytes in ${sizes.length} files`);
    if (!process.env.FLEETMAN_DEV_STATIC) assert.ok(bytes < 100_000, `${bytes} bytes`);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
