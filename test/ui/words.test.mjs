// Numbers and moments as people read them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { age, bytes, byName, compareVersions, duration, moment, nextVersion, plural } from '../../static/lib/format.mjs';
import { lookOf, nextSteps, urgencyOf, wordOf } from '../../static/lib/states.mjs';

test('versions are ordered by their numbers, and what is none comes after', () => {
  const sorted = ['v1.10.0', 'odd', 'v1.9.0', 'v2.0.0', 'v1.9.10'].sort(compareVersions);
  assert.deepEqual(sorted, ['v1.9.0', 'v1.9.10', 'v1.10.0', 'v2.0.0', 'odd']);
  assert.deepEqual(['v1.4.9', undefined, 'odd'].map(nextVersion), ['v1.4.10', 'v1.0.0', 'v1.0.0']);
  assert.deepEqual(['node10', 'node9', 'node1'].sort(byName), ['node1', 'node9', 'node10']);
});

test('sizes, ages and durations have one unit', () => {
  assert.deepEqual([0, 1023, 1024, 10_240, 5 * 2 ** 30].map(bytes), ['0 B', '1023 B', '1.0 KiB', '10 KiB', '5.0 GiB']);
  assert.equal(bytes(null), '');
  assert.deepEqual([-60, 0, 90, 3600, 7200, 200_000].map(age), ['in the future', 'now', '90 s ago', '60 min ago', '2 h ago', '2 days ago']);
  assert.deepEqual([0.25, 5, 60, 600, 9000].map(duration), ['250 ms', '5.0 s', '60 s', '10 min', '2.5 h']);
  assert.deepEqual([plural(1, 'cell'), plural(2, 'cell')], ['1 cell', '2 cells']);
});

test('a moment is Unix seconds or RFC 3339, and nothing when it is neither', () => {
  assert.equal(moment(1_767_600_000)?.toISOString(), '2026-01-05T08:00:00.000Z');
  assert.equal(moment('2026-01-05T08:00:00Z')?.toISOString(), '2026-01-05T08:00:00.000Z');
  for (const none of [null, undefined, 0, '', 'yesterday']) assert.equal(moment(none), null);
});

test('a state that is not known is shown as it is, and asks for nobody', () => {
  assert.deepEqual(
    [lookOf('from_the_future'), wordOf('from_the_future'), lookOf(null), wordOf(null)],
    ['none', 'from the future', 'none', 'unknown'],
  );
  assert.ok(urgencyOf('failed') < urgencyOf('warning') && urgencyOf('warning') < urgencyOf('running'));
  assert.equal('running' in nextSteps, false);
});
