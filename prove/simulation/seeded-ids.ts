import type { NewId } from '../../src/platform/ids.ts';

/** Ids in the shape of UUIDv7 from the simulated time and a counter: the same in every run, and in the order they were made. */
export function seededIds(now: () => number, random: () => number): NewId {
  let latest = 0;
  let count = 0;
  return () => {
    latest = Math.max(latest, now());
    count += 1;
    const time = hex(latest, 12);
    const order = hex(count, 7);
    const tail = hex(Math.floor(random() * 2 ** 32), 8);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${order.slice(0, 3)}-8${order.slice(3, 6)}-${order.slice(6)}000${tail}`;
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').slice(-digits);
}
