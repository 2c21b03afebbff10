import type { Json } from '../../domain/json.ts';
import type { HealthReport } from '../../engine/check-health.ts';

/** What a health check found; `result` is shown masked. */
export function healthView(report: HealthReport, result: Json) {
  return {
    instance: report.instance,
    health: report.health,
    reason: report.reason,
    job_id: report.jobId,
    error: report.error,
    result,
  };
}
