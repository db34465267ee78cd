import type { CommandContext, CommandPorts } from '../../kernel/command';
import { newCommit } from '../../kernel/command';
import type { Entity } from '../../kernel/entity';
import { fold } from '../../kernel/entity';
import type { Commit, DomainEvent, NewCommit, StreamId } from '../../kernel/journal';
import { decideProviderEvent, decideTooManyReports, paymentEntity, paymentStream } from '../payments';
import { connectionEntity, connectionStream, decideTestWebhook } from '../providers';
import { paymentIdOf } from '../providers/provider';
import { decidePayoutReport, payoutSettlementId, settlementEntity, settlementStream } from '../settlements';
import type { WebhookMessage } from './ports';
import { isFull } from './report-bound';

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
export function targetOf(message: WebhookMessage): Target | undefined {
  const { tenant, connectionId, event } = message;
  const { subject } = event;
  const paymentId = paymentIdOf(subject);
  if (paymentId !== undefined) {
    return newTarget(message, paymentEntity, paymentStream(tenant, paymentId), {
      decide: (payment) => decideProviderEvent(payment, connectionId, event),
      whenFull: decideTooManyReports,
    });
  }
  if (subject.type === 'test') {
    return newTarget(message, connectionEntity, connectionStream(tenant, connectionId), {
      decide: (connection) => decideTestWebhook(connection, subject.testId),
    });
  }
  if (subject.type === 'payout' || subject.type === 'report') {
    const payoutId = subject.type === 'payout' ? subject.payoutId : subject.reportId;
    const stream = settlementStream(tenant, payoutSettlementId(tenant, connectionId, payoutId));
    return newTarget(message, settlementEntity, stream, {
      decide: (settlement) => decidePayoutReport(settlement, { tenant, connectionId }, subject),
    });
  }
  return undefined;
}

interface EventDecision<Event> {
  readonly result: Application['result'];
  readonly events?: readonly Event[];
}

interface Deciders<State, Event> {
  readonly decide: (state: State | undefined) => EventDecision<Event>;
  /** What to note of an entity of which providers have told too much; nothing where it is noted. */
  readonly whenFull?: (state: State | undefined) => readonly Event[];
}

/** A target whose entity decides by a pure function. What would change one that is full is left unmatched. */
function newTarget<State, Event extends DomainEvent>(
  message: WebhookMessage,
  entity: Entity<State, Event>,
  stream: StreamId,
  { decide, whenFull }: Deciders<State, Event>,
): Target {
  return {
    stream,
    apply: (ports, commits, context) => {
      const loaded = fold(entity, commits);
      const decision = decide(loaded.state);
      const isTooMany = (decision.events ?? []).length > 0 && isFull(commits, message);
      const { result, events = [] }: EventDecision<Event> = isTooMany
        ? { result: 'unmatched', events: whenFull?.(loaded.state) ?? [] }
        : decision;
      if (events.length === 0) return { result };
      return { result, commit: newCommit(ports, entity, stream, context, loaded, events).commit };
    },
  };
}
