import { BACKUP_ROUTES } from './backups.ts';
import { BATCH_ROUTES } from './batch.ts';
import { BULK_ROUTES } from './bulk.ts';
import { CONFIG_ROUTES } from './config.ts';
import { DEAD_ROUTES } from './dead.ts';
import { DECISION_ROUTES } from './decisions.ts';
import { documentRoute } from './document.ts';
import { EVENT_ROUTES } from './events.ts';
import { EXPLAIN_ROUTES } from './explain.ts';
import { INSTANCE_ROUTES } from './instances.ts';
import { JOB_ROUTES } from './jobs.ts';
import { LOG_ROUTES } from './logs.ts';
import { METRICS_ROUTE } from './metrics.ts';
import { OVERVIEW_ROUTES } from './overview.ts';
import { PAUSE_ROUTES } from './pause.ts';
import { RELOAD_ROUTES } from './reload.ts';
import { REPLAY_ROUTES } from './replay.ts';
import type { Route } from './route.ts';
import { ROUTING_ROUTES } from './routing.ts';
import { SCHEDULE_ROUTES } from './schedules.ts';
import { SECRET_ROUTES } from './secrets.ts';
import { STATE_ROUTES } from './state.ts';
import { STREAM_ROUTES } from './stream.ts';
import { TOKEN_ROUTES } from './tokens.ts';
import { TRACE_ROUTES } from './trace.ts';
import { WEBHOOK_ROUTES } from './webhooks.ts';

/** Every route of the API, each with the scope it needs. */
export const ROUTES: readonly Route[] = [
  ...JOB_ROUTES,
  ...EVENT_ROUTES,
  ...ROUTING_ROUTES,
  ...SCHEDULE_ROUTES,
  ...INSTANCE_ROUTES,
  ...STATE_ROUTES,
  ...PAUSE_ROUTES,
  ...WEBHOOK_ROUTES,
  ...EXPLAIN_ROUTES,
  ...OVERVIEW_ROUTES,
  ...CONFIG_ROUTES,
  ...SECRET_ROUTES,
  ...RELOAD_ROUTES,
  ...STREAM_ROUTES,
  ...TRACE_ROUTES,
  ...DECISION_ROUTES,
  ...LOG_ROUTES,
  ...TOKEN_ROUTES,
  ...BATCH_ROUTES,
  ...BULK_ROUTES,
  ...REPLAY_ROUTES,
  ...DEAD_ROUTES,
  METRICS_ROUTE,
  documentRoute(() => ROUTES),
  ...BACKUP_ROUTES,
];
