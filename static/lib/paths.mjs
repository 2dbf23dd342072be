// How things are addressed: in the API, and in the page. Names come from outside, so every segment is encoded.

const segment = encodeURIComponent;

/** @param {string} path a relative path; its slashes stay */
const segments = (path) => path.split('/').map(segment).join('/');

export const cellPath = (/** @type {string} */ node, /** @type {string} */ cell) => `/cells/${segment(node)}/${segment(cell)}`;
export const cellVersionPath = (/** @type {string} */ node, /** @type {string} */ cell, /** @type {string} */ version) =>
  `${cellPath(node, cell)}/versions/${segment(version)}`;
export const cellFilePath = (
  /** @type {string} */ node,
  /** @type {string} */ cell,
  /** @type {string} */ version,
  /** @type {string} */ path,
) => `${cellVersionPath(node, cell, version)}/files/${segments(path)}`;
export const overridePath = (/** @type {string} */ node, /** @type {string} */ cell, /** @type {string} */ path) =>
  `${cellPath(node, cell)}/overrides/${segments(path)}`;
export const agentPath = (/** @type {string} */ node) => `/agents/${segment(node)}`;
export const manifestPath = (/** @type {string} */ name) => `/manifests/${segment(name)}`;
export const versionPath = (/** @type {string} */ manifest, /** @type {string} */ version) =>
  `${manifestPath(manifest)}/versions/${segment(version)}`;
export const versionFilePath = (/** @type {string} */ manifest, /** @type {string} */ version, /** @type {string} */ path) =>
  `${versionPath(manifest, version)}/files/${segments(path)}`;
export const bucketPath = (/** @type {string} */ name) => `/buckets/${segment(name)}`;
export const objectPath = (/** @type {string} */ bucket, /** @type {string} */ key) => `${bucketPath(bucket)}/objects/${segments(key)}`;
export const folderPath = (/** @type {string} */ bucket, /** @type {string} */ prefix) =>
  `${bucketPath(bucket)}/folders/${segments(prefix.replace(/\/$/, ''))}`;
export const profilePath = (/** @type {string} */ name) => `/resource-profiles/${segment(name)}`;
export const operationPath = (/** @type {string} */ id) => `/operations/${segment(id)}`;

/** The same place of the API, for a link to the raw JSON. */
export const raw = (/** @type {string} */ path) => `/api/v1${path}`;
