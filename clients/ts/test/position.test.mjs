// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { isAfter } from '../dist/tabs/position.js';

const log = '5f0c9a3be1d24471';
const other = '00000000000000aa';

test('CursorsOfOneLogAreOrderedByTheirNumbers', () => {
  assert.equal(isAfter(`${log}-10`, `${log}-9`), true);
  assert.equal(isAfter(`${log}-9`, `${log}-10`), false);
  assert.equal(isAfter(`${log}-9`, `${log}-9`), false);
});

test('NowhereIsBeforeAll', () => {
  assert.equal(isAfter('', `${log}-1`), false);
  assert.equal(isAfter(`${log}-1`, ''), true);
  assert.equal(isAfter('', ''), false);
});

test('WhatCannotBeComparedIsNeverLeftOut', () => {
  for (const [a, b] of [[`${log}-1`, `${other}-5`], ['abc', 'abd'], ['abc', `${log}-1`]]) {
    assert.equal(isAfter(/** @type {string} */ (a), /** @type {string} */ (b)), true);
    assert.equal(isAfter(/** @type {string} */ (b), /** @type {string} */ (a)), true);
  }
});
