// Programs of a test: started in a folder of their own, waited for, and ended with it.

import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const build = path.resolve(repository, process.env.FLEETMAN_BUILD ?? 'build/release');
export const controllerProgram = path.join(build, 'apps/fleetman/fleetman');
export const agentProgram = path.join(build, 'apps/fleetagent/fleetagent');

/** @returns {Promise<number>} a port that was free a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Looks until it is so; says what it waited for when it is never. */
export async function until(what, look, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (why) {
      last = why;
    }
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Program {
  constructor(log, command, options = {}) {
    this.log = log;
    this.command = command;
    this.options = options;
    this.process = null;
  }

  start() {
    const output = openSync(this.log, 'a');
    this.process = spawn(this.command[0], this.command.slice(1), { stdio: ['ignore', output, output], ...this.options });
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    return this;
  }

  /** Asks it to end; makes it after a while. */
  async stop(signal = 'SIGTERM') {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill(signal);
    const patience = setTimeout(() => this.process.kill('SIGKILL'), 12_000);
    await this.ended;
    clearTimeout(patience);
  }

  output() {
    return readFileSync(this.log, 'utf8');
  }
}
