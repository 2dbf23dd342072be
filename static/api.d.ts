// The API's answers, as far as the page reads them (openapi.json has all of them).

export interface Agent {
  node_id: string;
  bucket: string;
  state: 'active' | 'warning' | 'dead';
  report_timestamp: number;
  cells: AgentCell[];
  agent_version?: string;
  hostname?: string;
  clock_skew_seconds: number | null;
  load_percent?: number;
  memory_total_bytes?: number;
  memory_available_bytes?: number;
  os?: string;
  boot_id?: string;
  last_error?: string;
  conflict?: string;
  last_modified: string;
  heartbeat_interval_ms?: number;
  disk_free_bytes?: Record<string, number>;
}

export interface AgentCell {
  cell_id: string;
  manifest_name: string;
  profile: string;
  version?: string;
  running?: boolean;
  state?: string;
  health?: string;
  restarts?: number;
  since?: number;
}

export interface Cell {
  node_id: string;
  cell_id: string;
  bucket: string;
  manifest: string;
  managed: boolean;
  trigger_version: string | null;
  trigger_id: string | null;
  triggered_at: string | null;
  running_version: string | null;
  running: boolean | null;
  state: string;
  reason: string;
  applied_at: number | null;
}

export interface Operation {
  id: string;
  kind: string;
  who: string;
  from: string;
  details: Record<string, any>;
  state: 'running' | 'succeeded' | 'failed' | 'cancelled';
  started_at: string;
  ended_at: string | null;
  done: number;
  total: number;
  results: { cell: string; state: string; error: string | null }[];
}

export interface FileRights {
  file_type: string | null;
  owner?: string | null;
  group?: string | null;
  mode?: string | null;
}

export interface VersionFile extends FileRights {
  path: string;
  in_manifest: boolean;
  state: 'present' | 'missing';
  size: number | null;
  etag: string | null;
  modified: string | null;
}

export interface Version {
  version: string;
  state: 'draft' | 'finalized';
  file_count: number;
  size: number;
  modified: string;
  cells: string[];
}

export interface VersionDetail extends Version {
  manifest: string;
  created_at: string | null;
  missing: number;
  files: VersionFile[];
}

export interface Manifest {
  name: string;
  files: { path: string; file_type: string; owner?: string; group?: string; mode?: string }[];
  profile: string;
  bucket: string;
  cells: string[];
  [more: string]: any;
}

export interface Override extends FileRights {
  path: string;
  size: number;
  etag: string;
  modified: string;
  replaces: FileRights | null;
}
