import { parseShown } from '../disk/parse-shown.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import type { SecretUse } from '../domain/secret.ts';
import { isMeant, type PastConfig, type SecretSpan, secretHistory } from '../domain/secret-history.ts';
import type { SecretHolder } from '../domain/secret-holders.ts';
import type { EngineParts } from './parts.ts';

/** How many configurations are looked back through. */
const MOST_CONFIGS = 50;

/** Who has a secret, or had it. */
export interface SecretHolding extends SecretHolder {
  /** The `${…}` as written; null when the value stands there literally. */
  readonly reference: string | null;
  /** The configuration since which it is known to be there; null: not known. */
  readonly since: SecretSpan['since'] | null;
  /** The first configuration in which it was not there any more; null: it is. */
  readonly until: SecretSpan['until'];
}

/** A secret by its name, with everybody who has it; never its value. */
export interface SecretView extends Pick<SecretUse, 'name' | 'source' | 'masked'> {
  readonly warnings: readonly string[];
  readonly holdings: readonly SecretHolding[];
}

/**
 * The secrets of the configuration in force and who has or had them, in the order of the configuration; `asked` picks
 * those that go by that name. Throws `not_found` when none does.
 */
export async function secretViews(parts: Pick<EngineParts, 'store' | 'snapshot'>, asked: string | null) {
  const { secrets, redactor } = parts.snapshot();
  const history = secretHistory(await pastConfigs(parts));
  const views = new Map<string, SecretView>();
  for (const use of secrets) {
    const before = views.get(use.name);
    const holdings = use.holders.map((holder) => ({ ...holder, ...sinceOf(history, { use, holder }), until: null }));
    views.set(use.name, {
      name: use.name,
      source: use.source,
      masked: use.masked && (before?.masked ?? true),
      warnings: [...new Set([...(before?.warnings ?? []), ...(use.warning === null ? [] : [use.warning])])],
      holdings: [...(before?.holdings ?? []), ...holdings],
    });
  }
  for (const span of history) addFormer(views, { span, secrets });
  const all = [...views.values()].map((view) => ({ ...view, name: redactor.text(view.name) }));
  if (asked === null) return all;
  const meant = all.filter(({ name, holdings }) =>
    holdings.some(({ reference, key }) => isMeant(asked, { name, reference, key })),
  );
  if (meant.length > 0) return meant;
  const near = nearest(asked, namesOf(all));
  throw new OperatorError('not_found', `no secret goes by the name "${asked}"`, {
    hint: near === null ? '`ductile secret list` shows all of them.' : `did you mean "${near}"?`,
  });
}

async function pastConfigs({ store }: Pick<EngineParts, 'store'>): Promise<readonly PastConfig[]> {
  const versions = (await store.read.configVersions()).slice(0, MOST_CONFIGS);
  const texts = await Promise.all(versions.map(({ version }) => store.read.configText(version)));
  return versions.map(({ version, at }, index) => ({ version, at, tree: parseShown(texts[index]?.text ?? '') }));
}

function sinceOf(
  history: readonly SecretSpan[],
  { use: { reference }, holder }: { readonly use: SecretUse; readonly holder: SecretHolder },
): Pick<SecretHolding, 'reference' | 'since'> {
  const span = history.find((one) => one.until === null && one.reference === reference && isSame(one.holder, holder));
  return { reference, since: span?.since ?? null };
}

/** Those who had it in an earlier configuration; a reference that is not used any more is a secret of its own. */
function addFormer(
  views: Map<string, SecretView>,
  { span, secrets }: { readonly span: SecretSpan; readonly secrets: readonly SecretUse[] },
): void {
  const { reference, holder, since, until } = span;
  if (until === null) return;
  const name = secrets.find((use) => use.reference === reference)?.name ?? nameOf(reference);
  if (name === null) return;
  const view = views.get(name) ?? { name, source: sourceOf(name), masked: false, warnings: [], holdings: [] };
  views.set(name, { ...view, holdings: [...view.holdings, { ...holder, reference, since, until }] });
}

/** The name of a secret that no configuration in force tells; null for a default, which is none. */
function nameOf(reference: string): string | null {
  const [, kind = 'env:', name = ''] = /^\$\{(env:|file:)?([^}]+)\}$/.exec(reference) ?? [];
  return name === '' || name.includes(':-') ? null : `${kind}${name}`;
}

function sourceOf(name: string): SecretUse['source'] {
  return name.startsWith('file:') ? 'file' : 'env';
}

function isSame(one: SecretHolder, other: SecretHolder): boolean {
  return one.kind === other.kind && one.name === other.name && one.key === other.key;
}

function namesOf(views: readonly SecretView[]): readonly string[] {
  return views.flatMap(({ name, holdings }) => [
    name,
    name.replace(/^(?:env|file):/, ''),
    ...holdings.map(({ key }) => key),
  ]);
}
