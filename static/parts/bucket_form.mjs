// A bucket connection, new or changed. Credentials are written and never shown again.

import { html, useState } from '../lib/html.mjs';
import { post, put } from '../lib/http.mjs';
import { useAction } from '../lib/loading.mjs';
import { bucketPath } from '../lib/paths.mjs';
import { go } from '../lib/router.mjs';
import { Problem } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Check, TextField, faultOf } from './form.mjs';
import { announce } from './notices.mjs';

const fresh = {
  name: '',
  bucket_name: '',
  endpoint: '',
  access_key: '',
  secret_key: '',
  path_style: true,
  prefix: '',
  region: 'us-east-1',
};

/** @param {{ now?: any, etag?: string | null, saved: () => any, close: () => void, stay?: boolean }} props `now`: what is changed */
export function BucketForm({ now = undefined, etag = undefined, saved, close, stay = false }) {
  const [value, setValue] = useState(now ? { ...now, secret_key: '' } : fresh);
  const set = (/** @type {string} */ name) => (/** @type {any} */ next) => setValue({ ...value, [name]: next });
  const saving = useAction(async () => {
    const body = Object.fromEntries(
      Object.entries(value).filter(([name, text]) => text !== '' && text !== null && !(now && name === 'name')),
    );
    if (now) await put(bucketPath(now.name), body, { etag });
    else await post('/buckets', body);
    announce(now ? 'Saved' : `${value.name} is connected`);
    await saved();
    close();
    if (!now && !stay) go(bucketPath(value.name));
  });
  const fault = (/** @type {string} */ name) => faultOf(saving.problem, name);
  return html`<${Dialog} title=${now ? `Edit ${now.name}` : 'New bucket connection'} close=${close}><form onSubmit=${(
    /** @type {Event} */ event,
  ) => {
    event.preventDefault();
    if (!saving.busy) saving.run();
  }}>
    ${!now && html`<${TextField} label="Name" value=${value.name} set=${set('name')} required hint="As it is called here." fault=${fault('name')} />`}
    <${TextField} label="Endpoint" value=${value.endpoint} set=${set('endpoint')} required type="url" hint="As https://s3.example.net; with a port when it is not the usual one." fault=${fault('endpoint')} />
    <${TextField} label="Bucket" value=${value.bucket_name} set=${set('bucket_name')} required hint="Its name in the store." fault=${fault('bucket_name')} />
    <${TextField} label="Prefix" value=${value.prefix} set=${set('prefix')} required hint="Everything of Fleetman is below it." fault=${fault('prefix')} />
    <${TextField} label="Access key" value=${value.access_key} set=${set('access_key')} required=${!now} fault=${fault('access_key')} />
    <${TextField} label="Secret key" value=${value.secret_key} set=${set('secret_key')} required=${!now} type="password" hint=${now ? 'Empty: unchanged.' : 'It is never shown again.'} fault=${fault('secret_key')} />
    <${TextField} label="Region" value=${value.region} set=${set('region')} fault=${fault('region')} />
    <${Check} label="Path style (the bucket in the path, not in the host’s name)" value=${value.path_style} set=${set('path_style')} />
    <${Problem} problem=${saving.problem} doing="Save" />
    <div class="actions"><button type="submit" class="primary" disabled=${saving.busy}>${now ? 'Save' : 'Connect'}</button><button type="button" onClick=${close}>Cancel</button></div></form><//>`;
}
