import type { Json, JsonObject } from '../domain/json.ts';
import type { backupView } from '../http/api/backup-view.ts';
import type { decisionView, storedDecisionView } from '../http/api/decision-view.ts';
import type { bulkView, deadGroupView } from '../http/api/desk-view.ts';
import type { eventDetailView, eventView } from '../http/api/event-view.ts';
import type { expectationView } from '../http/api/expectation-view.ts';
import type { explanationView } from '../http/api/explanation-view.ts';
import type { healthView } from '../http/api/health-view.ts';
import type { instanceView } from '../http/api/instance-view.ts';
import type { attemptView, jobDetailView, jobSummaryView } from '../http/api/job-view.ts';
import type { logsView } from '../http/api/logs-view.ts';
import type { previewView, reloadView } from '../http/api/reload-view.ts';
import type { routeView } from '../http/api/routing-view.ts';
import type { statsView } from '../http/api/stats-view.ts';
import type { scheduleView, statusView } from '../http/api/status-view.ts';
import type { tokenView } from '../http/api/token-view.ts';
import type { traceView } from '../http/api/trace-view.ts';
import type { deliveryDetailView, deliveryView, rejectionView, webhookView } from '../http/api/webhook-view.ts';

/** The API's answers as the command line reads them: the views, which both sides take from one place. */
export type JobSummaryAnswer = ReturnType<typeof jobSummaryView>;
/** One attempt; one in progress has no outcome and only the fields that are known by then. */
export type AttemptAnswer = Partial<Omit<ReturnType<typeof attemptView>, 'outcome'>> & {
  readonly attempt: number;
  readonly outcome: string | null;
};
/** A job with everything that is known about it. */
export type JobAnswer = Omit<Awaited<ReturnType<typeof jobDetailView>>, 'attempts'> & {
  readonly attempts: readonly AttemptAnswer[];
};
/** An event. */
export type EventAnswer = ReturnType<typeof eventView>;
/** An event with what it led to. */
export type EventDetailAnswer = ReturnType<typeof eventDetailView>;
/** An instance. */
export type InstanceAnswer = ReturnType<typeof instanceView>;
/** What a health check found. */
export type HealthAnswer = ReturnType<typeof healthView>;
/** A schedule. */
export type ScheduleAnswer = ReturnType<typeof scheduleView>;
/** An expectation. */
export type ExpectationAnswer = ReturnType<typeof expectationView>;
/** A schedule that skips its next slot. */
export interface ScheduleSkippedAnswer {
  readonly schedule: string;
  readonly skip_at: string;
  readonly changed: boolean;
}
/** A schedule that was paused or resumed. */
export type SchedulePausedAnswer = ScheduleAnswer & { readonly paused: boolean; readonly changed: boolean };
/** Dead letters with one fingerprint. */
export type DeadGroupAnswer = ReturnType<typeof deadGroupView>;
/** The same with a page of its jobs. */
export type DeadJobsAnswer = DeadGroupAnswer & {
  readonly jobs: readonly JobSummaryAnswer[];
  readonly next_cursor: string | null;
};
/** What became of many jobs. */
export type BulkAnswer = ReturnType<typeof bulkView>;
/** A job that runs another one again. */
export interface JobReplayAnswer {
  readonly job_id: string;
  readonly replay_of: string;
  readonly status: string;
}
/** The gateway at a glance. */
export type StatusAnswer = ReturnType<typeof statusView>;
/** A backup. */
export type BackupAnswer = ReturnType<typeof backupView>;
/** What is stored and where the bytes are. */
export type StorageStatsAnswer = ReturnType<typeof statsView>;
/** What a reload did. */
export type ReloadAnswer = ReturnType<typeof reloadView>;
/** What a reload would do. */
export type PreviewAnswer = ReturnType<typeof previewView>;
/** Why something happened or did not. */
export type ExplanationAnswer = ReturnType<typeof explanationView>;
/** A lineage. */
export type TraceAnswer = ReturnType<typeof traceView>;
/** What a job said. */
export type JobLogsAnswer = ReturnType<typeof logsView>;
/** A recorded decision with its repeats. */
export type StoredDecisionAnswer = ReturnType<typeof storedDecisionView>;
/** A decision. */
export type DecisionAnswer = ReturnType<typeof decisionView>;

/** A token, itself left out. */
export type TokenAnswer = ReturnType<typeof tokenView>;
/** A token that was just made. */
export type CreatedTokenAnswer = TokenAnswer & { readonly token: string };

/** A webhook with what came in during the last day. */
export type WebhookAnswer = ReturnType<typeof webhookView>;
/** A delivery. */
export type DeliveryAnswer = ReturnType<typeof deliveryView>;
/** A delivery with what was kept of it. */
export type DeliveryDetailAnswer = ReturnType<typeof deliveryDetailView>;
/** Requests that a webhook refused. */
export type RejectionAnswer = ReturnType<typeof rejectionView>;

/** What came of delivering something again. */
export interface RedeliverAnswer {
  readonly redelivered: 'run' | 'retried';
  readonly jobs: readonly string[];
  readonly event_id: string | null;
}

/** What an emission led to. */
export interface EmitAnswer {
  readonly event_id: string;
  readonly duplicate: boolean;
  readonly jobs: readonly string[];
  readonly decisions: readonly DecisionAnswer[];
}

/** What became of a submission. */
export interface SubmitAnswer {
  readonly job_id: string;
  readonly duplicate: boolean;
  readonly status: string;
}

/** A route of the configuration. */
export type RouteAnswer = ReturnType<typeof routeView>;

/** What an event would lead to. */
export interface RouteTestAnswer {
  readonly type: string;
  readonly source: string;
  readonly jobs: readonly (JsonObject & {
    readonly instance: string;
    readonly command: string;
    readonly payload: Json;
  })[];
  readonly decisions: readonly DecisionAnswer[];
}
