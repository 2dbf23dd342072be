// A version: a checklist of its files while it is a draft, sealed when nothing is missing, then published.

import { html, useMemo, useState } from '../lib/html.mjs';
import { bytes, plural } from '../lib/format.mjs';
import { all, post, read, remove, upload } from '../lib/http.mjs';
import { useFleet } from '../lib/live.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { manifestPath, raw, versionFilePath, versionPath } from '../lib/paths.mjs';
import { go, href } from '../lib/router.mjs';
import { may } from '../lib/session.mjs';
import { Empty, Facts, Moment, Problem, Show, State } from '../parts/basics.mjs';
import { ask } from '../parts/dialog.mjs';
import { EditFile } from '../parts/edit_file.mjs';
import { DropPlace, Uploads, ViewFile, rightsOf, useUploads } from '../parts/files.mjs';
import { announce } from '../parts/notices.mjs';
import { PublishDialog } from '../parts/publish.mjs';
import { ServiceFile } from '../parts/service_file.mjs';
import { StagingCopy } from '../parts/staging.mjs';
import { Table } from '../parts/table.mjs';
import { NewVersion, askToRecycle } from './manifest.mjs';

/** @typedef {import('../api').VersionFile} VersionFile */
/** @typedef {import('../api').VersionDetail} VersionDetail */

const isText = (/** @type {VersionFile} */ one) => one.file_type === 'text' || one.file_type === 'template';

/** Whether the agent replaces tokens in it. */
const hasTokens = (/** @type {VersionDetail} */ detail, /** @type {string} */ path) =>
  path === 'run.sh' || path === 'app.service' || detail.files.some((one) => one.path === path && one.file_type === 'template');

/** A dropped file goes to the place of the manifest's file of its path, else of its name. */
function placed(/** @type {VersionDetail} */ detail, /** @type {{ path: string, file: File }[]} */ files) {
  const wanted = detail.files.filter((one) => one.in_manifest && one.file_type !== 'folder').map((one) => one.path);
  return files.map(({ path, file }) => {
    const withoutTop = path.includes('/') ? path.slice(path.indexOf('/') + 1) : path;
    const exact = [path, withoutTop].find((one) => wanted.includes(one));
    const sameName = wanted.filter((one) => one.split('/').at(-1) === file.name);
    return { path: exact ?? (sameName.length === 1 ? /** @type {string} */ (sameName[0]) : withoutTop), file };
  });
}

/** What keeps a version from being sealed, each where it stands. */
function Faults({ problem, open }) {
  if (!problem) return null;
  return html`<${Problem} problem=${problem.fields?.length > 0 ? { ...problem, message: problem.message, status: problem.status, fields: [], s3: problem.s3 } : problem} doing="Finalize" />
    ${
      problem.fields?.length > 0 &&
      html`<ul class="attention" aria-label="What is missing or wrong">${problem.fields.map(
        (/** @type {any} */ one, /** @type {number} */ at) => html`<li key=${at} class="bad">
      <p class="line"><button type="button" class="as-link" onClick=${() => open(one.field)}><code>${one.field}</code></button></p><p class="reason">${one.message}</p></li>`,
      )}</ul>`
    }`;
}

function Checklist({ name, detail, draft, open, uploadOne, reload }) {
  const at = (/** @type {VersionFile} */ one) => versionFilePath(name, detail.version, one.path);
  const askToRemove = (/** @type {VersionFile} */ one) =>
    ask({
      title: `Remove ${one.path} from ${detail.version}`,
      action: 'Remove',
      danger: true,
      body: html`<p>${bytes(one.size)} are deleted from this draft.${one.in_manifest ? ' The manifest wants this file: without it the version cannot be finalized.' : ''}</p>`,
      act: async () => {
        await remove(at(one));
        await reload();
      },
    });
  const columns = useMemo(
    () => [
      {
        key: 'path',
        title: 'File',
        kind: 'name',
        sort: (/** @type {VersionFile} */ one) => one.path,
        show: (/** @type {VersionFile} */ one) =>
          one.state === 'present' && one.file_type !== 'folder'
            ? html`<button type="button" class="as-link" onClick=${() => open({ kind: 'view', path: one.path })}><code>${one.path}</code></button>`
            : html`<code>${one.path}</code>`,
      },
      {
        key: 'state',
        title: 'State',
        sort: (/** @type {VersionFile} */ one) => one.state,
        show: (/** @type {VersionFile} */ one) =>
          one.in_manifest ? html`<${State} value=${one.state} />` : html`<${State} value="unknown" text="not in the manifest" />`,
      },
      { key: 'rights', title: 'Rights', show: rightsOf },
      {
        key: 'size',
        title: 'Size',
        kind: 'number',
        sort: (/** @type {VersionFile} */ one) => one.size ?? -1,
        show: (/** @type {VersionFile} */ one) => bytes(one.size),
      },
      {
        key: 'modified',
        title: 'Changed',
        show: (/** @type {VersionFile} */ one) => html`<${Moment} at=${one.modified} short none="–" />`,
      },
      ...(draft
        ? [
            {
              key: 'actions',
              title: '',
              kind: 'row-actions',
              show: (/** @type {VersionFile} */ one) =>
                one.file_type !== 'folder' &&
                html`
      ${isText(one) && html`<button type="button" aria-label="${one.state === 'missing' ? 'Write' : 'Edit'} ${one.path}" onClick=${() => open({ kind: 'edit', path: one.path, fresh: one.state === 'missing' })}>${one.state === 'missing' ? 'Write' : 'Edit'}</button>`}
      <button type="button" aria-label="Upload ${one.path}" onClick=${() => uploadOne(one.path)}>Upload</button>
      <button type="button" aria-label="From staging: ${one.path}" onClick=${() => open({ kind: 'staging', path: one.path })}>From staging</button>
      ${one.state === 'present' && html`<button type="button" class="danger" aria-label="Remove ${one.path}" onClick=${() => askToRemove(one)}>Remove</button>`}`,
            },
          ]
        : []),
    ],
    [detail, draft],
  );
  return html`<${Table} label="Files of ${detail.version}" columns=${columns} rows=${detail.files} id=${(/** @type {VersionFile} */ one) => one.path} empty=${html`<${Empty} title="The manifest names no file, and none was uploaded." />`} />`;
}

/** Lets a person choose one file for a place. */
function chooseFile(/** @type {(file: File) => void} */ take) {
  const input = document.createElement('input');
  input.type = 'file';
  input.onchange = () => {
    const file = input.files?.[0];
    if (file) take(file);
  };
  input.click();
}

function Draft({ name, detail, reload, open }) {
  const at = (/** @type {string} */ path) => versionFilePath(name, detail.version, path);
  const uploads = useUploads((path, file, told, signal) => upload(at(path), file, { told, signal }), reload);
  const sealing = useAction(async () => {
    await post(`${versionPath(name, detail.version)}/finalize`, undefined, { patience: 120_000 });
    announce(`${detail.version} is finalized`);
    await reload();
  });
  const openFile = (/** @type {string} */ path) => {
    const found = detail.files.find((/** @type {VersionFile} */ one) => one.path === path || path.startsWith(one.path));
    if (found && isText(found)) open({ kind: 'edit', path: found.path, fresh: found.state === 'missing' });
  };
  return html`<${DropPlace} take=${(/** @type {any} */ files) => uploads.start(placed(detail, files))}>Drop files or folders here; each goes to the manifest’s file of its path or name.<//>
    <${Uploads} uploads=${uploads} />
    <p class="line"><button type="button" class="primary" disabled=${sealing.busy} onClick=${sealing.run}>${sealing.busy ? 'Checking …' : 'Finalize'}</button>
      <button type="button" onClick=${() => open({ kind: 'service' })}>Generate service file …</button>
      <span class="quiet">${detail.missing > 0 ? `${plural(detail.missing, 'file')} still missing` : 'Nothing is missing'}. A finalized version never changes again.</span></p>
    <${Faults} problem=${sealing.problem} open=${openFile} />
    <${Checklist} name=${name} detail=${detail} draft=${true} open=${open} reload=${reload} uploadOne=${(/** @type {string} */ path) => chooseFile((file) => uploads.start([{ path, file }]))} />`;
}

function Opened({ name, detail, bucket, open, close, reload }) {
  if (!open) return null;
  const path = open.path ? versionFilePath(name, detail.version, open.path) : '';
  const title = `${open.path} of ${detail.version}`;
  if (open.kind === 'view') return html`<${ViewFile} title=${title} path=${path} close=${close} />`;
  if (open.kind === 'edit')
    return html`<${EditFile} title=${title} path=${path} fresh=${open.fresh} saved=${reload} close=${close} templates=${hasTokens(detail, open.path)} />`;
  if (open.kind === 'staging') return html`<${StagingCopy} bucket=${bucket} title=${title} path=${path} saved=${reload} close=${close} />`;
  return html`<${ServiceFile} path=${`${versionPath(name, detail.version)}/service-file`} saved=${reload} close=${close} />`;
}

export default function VersionPage({ given: [name, version] }) {
  const path = versionPath(name, version);
  const loaded = useLoad(async () => {
    const [found, manifest, versions] = await Promise.all([read(path), read(manifestPath(name)), all(`${manifestPath(name)}/versions`)]);
    return { ...found, manifest: manifest.data, versions: versions.items };
  }, [path]);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const cells = useFleet((fleet) => fleet.cells);
  const own = [...cells.values()].filter((one) => one.manifest === name && one.managed);
  const operator = may('operator');
  const close = () => setOpen(null);
  return html`<p class="trail"><a href=${href('/manifests')}>Manifests</a> / <a href=${href(manifestPath(name))}>${name}</a></p>
    <${Show} from=${loaded} what="the version">${({ data: detail, manifest, versions }) => {
      const before = versions[versions.findIndex((/** @type {any} */ one) => one.version === version) + 1]?.version;
      return html`<div class="heading"><h1>${name} ${version}</h1><${State} value=${detail.state} />
          ${operator && detail.state === 'finalized' && own.length > 0 && html`<button type="button" class="primary" onClick=${() => setOpen({ kind: 'publish' })}>Publish …</button>`}
          ${operator && html`<button type="button" onClick=${() => setOpen({ kind: 'clone' })}>Clone …</button>`}
          ${before && html`<a class="button" href=${href(`${manifestPath(name)}/diff`, { from: before, to: version })}>Compare with ${before}</a>`}
          ${operator && html`<button type="button" class="danger" onClick=${() => askToRecycle(name, detail, () => go(manifestPath(name)))}>Delete …</button>`}
          <a class="raw" href=${raw(path)}>JSON</a></div>
        <${Facts} rows=${[
          ['Files', `${detail.file_count}, ${bytes(detail.size)}`],
          ['Begun', html`<${Moment} at=${detail.created_at} none="not known" />`],
          ['Changed', html`<${Moment} at=${detail.modified} />`],
          [
            'Runs on',
            detail.cells.length === 0
              ? 'no cell'
              : detail.cells.slice(0, 6).join(', ') + (detail.cells.length > 6 ? ` and ${detail.cells.length - 6} more` : ''),
          ],
        ]} />
        ${
          operator && detail.state === 'draft'
            ? html`<${Draft} name=${name} detail=${detail} reload=${loaded.reload} open=${setOpen} />`
            : html`<${Checklist} name=${name} detail=${detail} draft=${false} open=${setOpen} reload=${loaded.reload} />`
        }
        ${
          open?.kind === 'publish'
            ? html`<${PublishDialog} manifest=${name} cells=${own} version=${version} close=${close} />`
            : open?.kind === 'clone'
              ? html`<${NewVersion} manifest=${name} versions=${versions} from=${version} close=${close} />`
              : html`<${Opened} name=${name} detail=${detail} bucket=${manifest.bucket} open=${open} close=${close} reload=${loaded.reload} />`
        }`;
    }}<//>`;
}
