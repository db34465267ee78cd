import { isWithin } from '../../kernel/addresses';
import { canonicalJson } from '../../kernel/canonical-json';
import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { looserThan, readOwnPolicy, tightened, withDefaults } from './effective-policy';
import type { LooserField } from './effective-policy';
import { entriesOf, objectOf } from './fields';
import { afterChange, ownPolicyOf, securityPolicyEntity } from './policy-entity';
import type { PolicyEvent, PolicyState } from './policy-entity';
import { platformPolicyStream, tenantPolicyStream } from './policy-stream';
import { policyFields } from './security-policy';
import type { OwnPolicy, SecurityPolicy } from './security-policy';

/** Who changes a policy, and what of it must go on to admit them. */
export interface WhoChanges {
  readonly ip: string | undefined;
  /** Origins of the stage: no policy adds one. */
  readonly stageOrigins: readonly string[];
}

export interface ChangedPolicy {
  readonly own: OwnPolicy;
  readonly version: number;
}

export type PolicyRefusal =
  /** A tenant's value is looser than the platform's. */
  | { readonly reason: 'below-floor'; readonly fields: readonly LooserField[] }
  /** An origin that the stage does not have. */
  | { readonly reason: 'foreign-origin'; readonly stageOrigins: readonly string[] }
  /** The allowed addresses would not hold the one that the change is made from. */
  | { readonly reason: 'shuts-you-out' };

type Changed = Result<ChangedPolicy, PolicyRefusal | CommandRefusal>;

/** Changes what a tenant has set. A value may only be stricter than the floor; taking one back is always allowed. */
export function changeTenantPolicy(
  ports: CommandPorts,
  tenant: string,
  floor: SecurityPolicy,
  patch: unknown,
  who: WhoChanges,
  context: CommandContext,
  ifMatch?: number,
): Promise<Changed> {
  return change(ports, tenantPolicyStream(tenant), patch, context, ifMatch, (wish, after) => {
    const fields = looserThan(floor, wish);
    if (fields.length > 0) return { reason: 'below-floor', fields };
    return refusalOf(wish, tightened(floor, after), who);
  });
}

/** Changes the platform's own policy: anywhere within the hard bounds, which the schema of the patch has checked. */
export function changePlatformPolicy(
  ports: CommandPorts,
  patch: unknown,
  who: WhoChanges,
  context: CommandContext,
  ifMatch?: number,
): Promise<Changed> {
  return change(ports, platformPolicyStream, patch, context, ifMatch, (wish, after) =>
    refusalOf(wish, withDefaults(after), who),
  );
}

function refusalOf(
  wish: OwnPolicy,
  after: SecurityPolicy,
  { ip, stageOrigins }: WhoChanges,
): PolicyRefusal | undefined {
  if (wish.allowedOrigins?.some((origin) => !stageOrigins.includes(origin)) === true) {
    return { reason: 'foreign-origin', stageOrigins };
  }
  if (wish.consoleIpAllowlist !== undefined && !admitsAddress(after, ip)) return { reason: 'shuts-you-out' };
  return undefined;
}

/** Whether people may come from this address. */
export function admitsAddress({ consoleIpAllowlist }: SecurityPolicy, ip: string | undefined): boolean {
  return consoleIpAllowlist.length === 0 || (ip !== undefined && isWithin(ip, consoleIpAllowlist));
}

type Unchanged = { readonly reason: 'unchanged' };

async function change(
  ports: CommandPorts,
  stream: StreamId,
  patch: unknown,
  context: CommandContext,
  ifMatch: number | undefined,
  judge: (wish: OwnPolicy, after: OwnPolicy) => PolicyRefusal | undefined,
): Promise<Changed> {
  const values = entriesOf(policyFields, patch);
  const wish = readOwnPolicy(objectOf(policyFields, new Map([...values].filter(([, value]) => value !== null))));
  const loaded = fold(securityPolicyEntity, await ports.journal.read(stream));
  let unchanged: ChangedPolicy = { own: ownPolicyOf(loaded.state), version: loaded.version };

  const executed = await execute<PolicyState, PolicyEvent, PolicyRefusal | Unchanged>(
    ports,
    securityPolicyEntity,
    stream,
    context,
    (state, version) => {
      const event = eventOf(state, values);
      if (event === undefined) {
        unchanged = { own: ownPolicyOf(state), version };
        return err({ reason: 'unchanged' });
      }
      const refusal = judge(wish, ownPolicyOf(afterChange(state, event)));
      return refusal === undefined ? ok([event]) : err(refusal);
    },
    { loaded, ...(ifMatch === undefined ? {} : { ifMatch }) },
  );
  if (executed.ok) return ok({ own: ownPolicyOf(executed.value.state), version: executed.value.version });
  return executed.error.reason === 'unchanged' ? ok(unchanged) : err(executed.error);
}

/** What of the patch is new; undefined when nothing is. */
function eventOf(state: PolicyState | undefined, values: ReadonlyMap<string, unknown>): PolicyEvent | undefined {
  const now = new Map(Object.entries(state?.values ?? {}));
  const news = [...values].filter(([path, value]) => canonicalJson(value) !== canonicalJson(now.get(path) ?? null));
  if (news.length === 0) return undefined;
  return { type: 'SecurityPolicyChanged', data: { values: Object.fromEntries(news) } };
}
