import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { systemClock } from './clock.ts';

const START = 1_795_435_200_000;

describe('the system clock', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START }));
  afterEach(() => mock.timers.reset());

  it('wakes once, when the instant has come and not before, however far away it is', () => {
    const wake = mock.fn();
    systemClock.at(START + 200_000, wake);
    mock.timers.tick(199_999);
    assert.equal(wake.mock.callCount(), 0);
    mock.timers.tick(1);
    assert.equal(wake.mock.callCount(), 1);
    mock.timers.tick(1_000_000);
    assert.equal(wake.mock.callCount(), 1);
  });

  it('notices within a minute that the wall clock has jumped past the instant', () => {
    const wake = mock.fn();
    systemClock.at(START + 86_400_000, wake);
    mock.timers.setTime(START + 90_000_000);
    mock.timers.tick(60_000);
    assert.equal(wake.mock.callCount(), 1);
  });

  it('wakes at once for an instant that is over', () => {
    const wake = mock.fn();
    systemClock.at(START - 5, wake);
    mock.timers.tick(1);
    assert.equal(wake.mock.callCount(), 1);
  });

  it('forgets what is cancelled, also after it has slept for a while', () => {
    const wake = mock.fn();
    const cancel = systemClock.at(START + 200_000, wake);
    mock.timers.tick(120_000);
    cancel();
    systemClock.after(1_000, wake)();
    mock.timers.tick(300_000);
    assert.equal(wake.mock.callCount(), 0);
  });
});
