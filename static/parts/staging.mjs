// Copies a file that an S3 client has put below staging/, without its bytes passing through here.

import { html, useState } from '../lib/html.mjs';
import { bytes } from '../lib/format.mjs';
import { all, post } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { bucketPath } from '../lib/paths.mjs';
import { Problem, Show } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { announce } from './notices.mjs';

export function StagingCopy({ bucket, title, path, saved, close }) {
  const loaded = useLoad(
    async () => (await all(`${bucketPath(bucket)}/objects`, { prefix: 'staging/' })).items.filter((one) => one.kind === 'object'),
    [bucket],
  );
  const [chosen, choose] = useState('');
  const copying = useAction(async () => {
    await post(`${path}/copy`, { staging: chosen }, { patience: 300_000 });
    announce('Copied');
    saved();
    close();
  });
  return html`<${Dialog} title="Copy ${title} from staging" close=${close}><${Show} from=${loaded} what="what is staged">${(
    /** @type {any[]} */ list,
  ) =>
    list.length === 0
      ? html`<p>Nothing is below <code>staging/</code> in ${bucket}. Put files there with any S3 client, for instance large ones.</p>`
      : html`<form onSubmit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          if (!copying.busy && chosen) copying.run();
        }}>
      <fieldset class="choices"><legend>File</legend>${list.map((one) => {
        const name = one.key.replace(/^staging\//, '');
        return html`<label key=${one.key} class="check"><input type="radio" name="staged" checked=${chosen === name} onChange=${() => choose(name)} /> <code>${name}</code> <span class="quiet">${bytes(one.size)}</span></label>`;
      })}</fieldset>
      <${Problem} problem=${copying.problem} doing="Copy" />
      <div class="actions"><button type="submit" class="primary" disabled=${copying.busy || chosen === ''}>${copying.busy ? 'Copying …' : 'Copy'}</button><button type="button" onClick=${close}>Cancel</button></div></form>`}<//><//>`;
}
