import type { Change } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** The data of a change, as the stream tells it; its kind is the name of the event. */
export function changeView(change: Change) {
  switch (change.kind) {
    case 'job': {
      const { ended } = change;
      return {
        job_id: change.jobId,
        instance: change.instance,
        command: change.command,
        submitted_by: change.submittedBy,
        parent_job_id: change.parentJobId,
        root_job_id: change.rootJobId,
        was: change.was,
        status: change.status,
        attempt: change.attempt,
        ended:
          ended === null
            ? null
            : {
                outcome: ended.outcome,
                started_at: instant(ended.startedAt),
                ended_at: instant(ended.endedAt),
                duration_ms: ended.endedAt - ended.startedAt,
                error: ended.error,
              },
      };
    }
    case 'event':
      return {
        event_id: change.eventId,
        type: change.type,
        source: change.source,
        created_at: instant(change.createdAt),
        job_id: change.jobId,
        attempt: change.attempt,
        root_job_id: change.rootJobId,
      };
    case 'decision': {
      const { code, text, firstAt, jobId, eventId, instance, schedule, route } = change.decision;
      return { code, text, at: instant(firstAt), job_id: jobId, event_id: eventId, instance, schedule, route };
    }
    case 'instance':
      return { instance: change.instance, became: change.became };
    case 'schedule':
      return { instance: change.instance, schedule: change.schedule, became: change.became };
    case 'breaker':
      return { instance: change.instance, command: change.command, was: change.was, state: change.state };
    case 'gateway':
      return { became: change.became, config_version: change.configVersion };
    default:
      return change satisfies never;
  }
}

/** The instance that a change is about; null: none, or more than one. */
export function instanceOfChange(change: Change): string | null {
  switch (change.kind) {
    case 'event':
      return change.source.startsWith('instance:') ? change.source.slice('instance:'.length) : null;
    case 'decision':
      return change.decision.instance;
    case 'gateway':
      return null;
    case 'job':
    case 'instance':
    case 'schedule':
    case 'breaker':
      return change.instance;
    default:
      return change satisfies never;
  }
}
