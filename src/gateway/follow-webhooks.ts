import { OperatorError, type Problem } from '../domain/errors.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { WebhookListener } from '../http/webhooks/listener.ts';
import type { Log } from '../platform/log.ts';

/**
 * Opens the listener for webhooks once a reload brought the first endpoint, and closes it behind the last. The snapshot
 * is in force by then: that nobody listens for it is a warning, which whoever asked for the reload must see.
 */
export async function followWebhooks(
  listener: Pick<WebhookListener, 'follow'>,
  { snapshot, log }: { readonly snapshot: Snapshot; readonly log: Log },
): Promise<readonly Problem[]> {
  const followed = listener.follow(snapshot.listen.webhooks);
  if (snapshot.webhooks.endpoints.length === 0) {
    // Whoever is being served may take a moment to end; nobody need wait for that.
    followed.catch((error: unknown) => log.error(error instanceof Error ? error.message : String(error)));
    return [];
  }
  try {
    await followed;
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const hint = `${error.hint} Deliveries do not come in until a reload finds the address free.`;
    return [{ severity: 'warning', code: 'address_unavailable', message: error.message, location: null, hint }];
  }
}
