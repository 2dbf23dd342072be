// Which view an address shows. A view's module is loaded when it is first wanted.

import { html, useEffect, useState } from '../lib/html.mjs';
import { href } from '../lib/router.mjs';
import { Empty, Loading } from './basics.mjs';

/** @typedef {{ parts: string[], query: URLSearchParams }} Where */

/** A pattern, the module's file, and how the document is called. */
/** @type {[string, () => Promise<any>, (given: string[]) => string][]} */
const views = [
  ['', () => import('../views/overview.mjs'), () => 'Overview'],
  ['guide', () => import('../views/guide.mjs'), () => 'First steps'],
  ['agents', () => import('../views/agents.mjs'), () => 'Agents'],
  ['agents/*', () => import('../views/agent.mjs'), ([node]) => `Agent ${node}`],
  ['cells', () => import('../views/cells.mjs'), () => 'Cells'],
  ['cells/*/*', () => import('../views/cell.mjs'), ([node, cell]) => `Cell ${node}/${cell}`],
  ['manifests', () => import('../views/manifests.mjs'), () => 'Manifests'],
  ['manifests/*', () => import('../views/manifest.mjs'), ([name]) => `Manifest ${name}`],
  ['manifests/*/edit', () => import('../views/manifest_form.mjs'), ([name]) => `Edit manifest ${name}`],
  ['manifests/*/diff', () => import('../views/version_diff.mjs'), ([name]) => `Differences of ${name}`],
  ['manifests/*/versions/*', () => import('../views/version.mjs'), ([name, version]) => `${name} ${version}`],
  ['new-manifest', () => import('../views/manifest_form.mjs'), () => 'New manifest'],
  ['buckets', () => import('../views/buckets.mjs'), () => 'Buckets'],
  ['buckets/*', () => import('../views/bucket.mjs'), ([name]) => `Bucket ${name}`],
  ['resource-profiles', () => import('../views/profiles.mjs'), () => 'Resource profiles'],
  ['operations', () => import('../views/operations.mjs'), () => 'Operations'],
  ['operations/*', () => import('../views/operation.mjs'), () => 'Operation'],
  ['recycle', () => import('../views/recycle.mjs'), () => 'Recycle bin'],
  ['audit', () => import('../views/audit.mjs'), () => 'Audit'],
  ['settings', () => import('../views/settings.mjs'), () => 'Settings'],
];

function find(/** @type {Where} */ { parts }) {
  for (const [pattern, load, title] of views) {
    const wanted = pattern === '' ? [] : pattern.split('/');
    if (wanted.length === parts.length && wanted.every((one, at) => one === '*' || one === parts[at])) {
      return { pattern, load, title, given: parts.filter((_, at) => wanted[at] === '*') };
    }
  }
  return null;
}

export function titleOf(/** @type {Where} */ where) {
  const found = find(where);
  return found ? found.title(found.given) : 'Not found';
}

/** @type {Map<string, any>} */
const loaded = new Map();

export function View({ route }) {
  const found = find(route);
  const [, drawAgain] = useState(0);
  const [broken, setBroken] = useState(false);
  const pattern = found?.pattern ?? null;
  useEffect(() => {
    if (!found || loaded.has(found.pattern)) return undefined;
    let wanted = true;
    setBroken(false);
    found.load().then(
      (module) => {
        loaded.set(found.pattern, module.default);
        if (wanted) drawAgain((count) => count + 1);
      },
      () => wanted && setBroken(true),
    );
    return () => {
      wanted = false;
    };
  }, [pattern]);
  if (!found) {
    return html`<${Empty} first=${true} title="There is nothing at this address."><p><a href=${href('/')}>To the overview</a></p><//>`;
  }
  const Wanted = loaded.get(found.pattern);
  if (Wanted) return html`<${Wanted} key=${route.path} given=${found.given} query=${route.query} />`;
  if (!broken) return html`<${Loading} />`;
  return html`<${Empty} first=${true} title="This part of the page could not be loaded.">
    <p>The controller does not answer, or it was updated since you opened the page.</p>
    <button type="button" onClick=${() => location.reload()}>Load the page anew</button><//>`;
}
