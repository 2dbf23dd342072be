// node test/ui/screenshots.mjs FOLDER: the pictures of the README, from a fleet of made up nodes in the real page.

import path from 'node:path';

import { goTo, openBrowser, openPage, wide } from './support/browser.mjs';
import { Fleet } from './support/fleet.mjs';
import { until } from './support/programs.mjs';

const [, , folder = 'docs'] = process.argv;
const fleet = await Fleet.create();
const browser = await openBrowser();
const services = ['billing', 'search', 'gateway'];

/** What an agent writes about a deployment. */
const deployed = (node, cell, version, more = {}) =>
  fleet.put(`cells/${node}/${cell}/status.json`, {
    running_version: version,
    applied_at: Math.floor(Date.now() / 1000) - 240,
    status: 'success',
    error: null,
    ...more,
  });

/** What the agent of the node says of itself. */
const report = (node, at, more = {}) => {
  const name = services[at % 3];
  return fleet.report(node, {
    age: at === 57 ? 7200 : at % 61 === 40 ? 240 : 0,
    load_percent: (at * 37) % 90,
    cells: [{ cell_id: name, manifest_name: name, profile: 'systemd', version: 'v1.4.0', running: true, ...more }],
  });
};

async function populate() {
  await fleet.connect();
  for (const name of services) {
    await fleet.manifest(name);
    await fleet.version(name, 'v1.4.0');
    await fleet.version(name, 'v1.5.0', {
      'settings.ini': '[hello]\naddress = 127.0.0.1\nport = 8080\nworkers = 8\n; seconds\ntimeout = 20\n',
    });
  }
  const nodes = Array.from({ length: 180 }, (_, at) => `eu-${String(at + 1).padStart(3, '0')}`);
  for (const [at, node] of nodes.entries()) {
    if (at < 24) await fleet.cell(node, services[at % 3], services[at % 3]);
    await report(node, at);
  }
  for (const name of services) {
    const cells = nodes.slice(0, 24).flatMap((node, at) => (services[at % 3] === name ? [`${node}/${name}`] : []));
    await fleet.publish(name, 'v1.4.0', cells);
    for (const cell of cells) {
      const [node] = cell.split('/');
      const trigger = (await fleet.api('GET', `/cells/${cell}`)).trigger_id;
      await deployed(node, name, 'v1.4.0', { trigger_id: trigger });
      await report(node, nodes.indexOf(node), { trigger_id: trigger, state: 'running' });
    }
  }
  await fleet.api('PUT', '/cells/eu-003/gateway/overrides/settings.ini', '[hello]\naddress = 127.0.0.1\nport = 8443\nworkers = 16\n');
  await fleet.publish('search', 'v1.5.0', ['eu-005/search']);
  const trigger = (await fleet.api('GET', '/cells/eu-005/search')).trigger_id;
  await deployed('eu-005', 'search', 'v1.4.0', {
    status: 'failed',
    trigger_id: trigger,
    version: 'v1.5.0',
    applied_at: Math.floor(Date.now() / 1000) + 1,
    error: 'search exited with code 1 while it was watched; v1.4.0 runs again',
    logs: { 'logs/stderr.log': ['reading settings.ini', 'cannot open index /var/lib/search/index: version 7 is newer than 6'] },
  });
}

async function picture(name, where, colorScheme, act = async () => {}) {
  const { page, context } = await openPage(browser, fleet, { viewport: wide, colorScheme });
  await goTo(page, fleet, where);
  await page.locator('.top .live').waitFor();
  await act(page);
  await page.waitForFunction(() => document.querySelector('.loading') === null);
  await page.screenshot({ path: path.join(folder, `page-${name}.png`) });
  await context.close();
}

try {
  await populate();
  await until('the controller has seen it all', async () => (await fleet.api('GET', '/overview')).agents.total === 180);
  await picture('overview', '/', 'light');
  await picture('cell', '/cells/eu-005/search', 'dark');
  await picture('preview', '/cells/eu-003/gateway?tab=publish', 'light', async (page) => {
    await page.locator('summary', { hasText: 'settings.ini' }).click();
    await page.locator('.diff').waitFor();
  });
} finally {
  await browser.close();
  await fleet.stop();
}
