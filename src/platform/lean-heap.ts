import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap stay small rather than grow for speed. Otherwise V8 collects nothing while nothing is allocated, and a
 * gateway that falls idle after a large response would hold on to hundreds of megabytes for days.
 */
export function keepHeapLean(): void {
  setFlagsFromString('--optimize-for-size');
}
