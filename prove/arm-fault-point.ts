import { onFaultPoint } from '../src/platform/fault-point.ts';
import { FAULT_VARIABLE } from './fault-variable.ts';

// Loaded into a gateway before its own code, which knows nothing of it: kills the gateway with SIGKILL when it comes to
// the point in the environment for the nth time.

const [point, nth] = (process.env[FAULT_VARIABLE] ?? '').split(':');
let left = Number(nth);
onFaultPoint((reached) => {
  if (reached !== point) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
});
