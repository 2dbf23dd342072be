// A browser that notices everything a page does wrong: console errors, uncaught exceptions, refused content, requests elsewhere.

import { readFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { repository } from './programs.mjs';

const modules = createRequire(path.resolve(repository, process.env.FLEETMAN_UI_MODULES ?? 'build/ui', 'package.json'));
const { chromium } = modules('playwright-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 320, height: 800 };

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.FLEETMAN_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/**
 * A page on a fleet's controller. `faults` fills with what it does wrong; `expected` lets a test say what it provokes.
 */
export async function openPage(browser, fleet, { viewport = wide, expected = [], ...context } = {}) {
  const made = await browser.newContext({ viewport, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin', ...context });
  const page = await made.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  const note = (text) => {
    if (!expected.some((one) => one.test(text))) faults.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => note(`uncaught: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(fleet.url) && !/^(data|blob):/.test(request.url())) note(`asks elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return { page, context: made, faults };
}

/** What axe-core finds against WCAG 2.2 AA. */
export async function unaccessible(page) {
  await page.evaluate(`if (!window.axe) { ${axe} }`);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return found.violations.map(
    (one) =>
      `${one.id}: ${one.help}: ${one.nodes
        .slice(0, 3)
        .map((node) => node.target.join(' '))
        .join(' | ')}`,
  );
}

/** Kept when FLEETMAN_UI_SHOTS names a folder. */
export async function shoot(page, name) {
  const folder = process.env.FLEETMAN_UI_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

export async function goTo(page, fleet, where) {
  await page.goto(`${fleet.url}/#${where}`);
  await page.locator('main h1').first().waitFor();
}
