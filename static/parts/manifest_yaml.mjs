// A manifest as YAML, and back. Every scalar is read as the text it is (a mode of 0700 is no number), and only what the API
// wants as a number or a truth becomes one.

import { FAILSAFE_SCHEMA, dump, load } from 'js-yaml';

const texts = new Set([
  'name',
  'path',
  'file_type',
  'owner',
  'group',
  'mode',
  'profile',
  'bucket',
  'resource_profile',
  'service_owner',
  'service_group',
  'service_folder_mode',
  'service_folder_owner',
  'service_folder_group',
  'log_files',
  'type',
  'url',
  'body_contains',
  'address',
  'command',
]);

/** @returns {any} */
function typed(/** @type {any} */ value, /** @type {string} */ key) {
  if (Array.isArray(value)) return value.map((one) => typed(one, key));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typed(one, name)]));
  if (texts.has(key) || typeof value !== 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^(0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : value;
}

/** @returns {string} */
export function toYaml(/** @type {any} */ manifest) {
  return dump(manifest, { lineWidth: 120, quotingType: '"', noRefs: true });
}

/**
 * @param {string} text
 * @returns {{ value?: any, fault?: string }}
 */
export function fromYaml(text) {
  try {
    const value = load(text, { schema: FAILSAFE_SCHEMA });
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return { fault: 'A manifest is a list of names and values.' };
    return { value: typed(value, '') };
  } catch (why) {
    const { reason, mark } = /** @type {any} */ (why);
    return { fault: mark ? `Line ${mark.line + 1}: ${reason}` : String(reason ?? why) };
  }
}
