import type { CommandContext, CommandPorts } from '../../kernel/command';
import { newCommit } from '../../kernel/command';
import type { Entity } from '../../kernel/entity';
import { fold } from '../../kernel/entity';
import type { Commit, DomainEvent, NewCommit, StreamId } from '../../kernel/journal';
import { decideProviderEvent, paymentEntity, paymentStream } from '../payments';
import { connectionEntity, connectionStream, decideTestWebhook } from '../providers';
import { paymentIdOf } from '../providers/provider';
import { decidePayoutReport, payoutSettlementId, settlementEntity, settlementStream } from '../settlements';
import type { WebhookMessage } from './ports';

/** The entity that a provider's event is about: where the event is applied. */
export interface Target {
  readonly stream: StreamId;
  /** Decides on the event over the commits of the stream. Pure but for the clock and the ids of the commit it makes. */
  apply(
    ports: Pick<CommandPorts, 'clock' | 'commitIds'>,
    commits: readonly Commit[],
    context: CommandContext,
  ): Application;
}

/** What came of it. Without a commit the target knew it already. */
export interface Application {
  readonly result: 'applied' | 'ignored' | 'unmatched';
  readonly commit?: NewCommit;
}

/** Undefined: about nothing of ours, such as an event of a kind that we do not act on. */
export function targetOf({ tenant, connectionId, event }: WebhookMessage): Target | undefined {
  const { subject } = event;
  const paymentId = paymentIdOf(subject);
  if (paymentId !== undefined) {
    return newTarget(paymentEntity, paymentStream(tenant, paymentId), (payment) =>
      decideProviderEvent(payment, connectionId, event),
    );
  }
  if (subject.type === 'test') {
    return newTarget(connectionEntity, connectionStream(tenant, connectionId), (connection) =>
      decideTestWebhook(connection, subject.testId),
    );
  }
  if (subject.type === 'payout' || subject.type === 'report') {
    const payoutId = subject.type === 'payout' ? subject.payoutId : subject.reportId;
    const stream = settlementStream(tenant, payoutSettlementId(tenant, connectionId, payoutId));
    return newTarget(settlementEntity, stream, (settlement) =>
      decidePayoutReport(settlement, { tenant, connectionId }, subject),
    );
  }
  return undefined;
}

interface EventDecision<Event> {
  readonly result: Application['result'];
  readonly events?: readonly Event[];
}

/** A target whose entity decides by a pure function. */
function newTarget<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  stream: StreamId,
  decide: (state: State | undefined) => EventDecision<Event>,
): Target {
  return {
    stream,
    apply: (ports, commits, context) => {
      const loaded = fold(entity, commits);
      const decision = decide(loaded.state);
      const { result, events = [] } = decision;
      if (events.length === 0) return { result };
      return { result, commit: newCommit(ports, entity, stream, context, loaded, events).commit };
    },
  };
}
