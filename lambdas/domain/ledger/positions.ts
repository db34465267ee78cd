import { evolveAll, fold } from '../../kernel/entity';
import type { Entity } from '../../kernel/entity';
import type { Commit, DomainEvent } from '../../kernel/journal';
import { paymentEntity } from '../payments';
import { settlementEntity } from '../settlements';
import { paymentPosition } from './payment-position';
import type { Position } from './position';
import { settlementPosition } from './settlement-position';

/** A kind of entity that stands in the books. A further one is a further entry of `sources`, and a rebuild of every ledger. */
interface PositionSource {
  readonly kind: string;
  /** The position after each version of a stream, the first at place 0. Takes the whole stream. */
  positionsOf(commits: readonly Commit[]): readonly Position[];
}

const sources: readonly PositionSource[] = [
  sourceOf(paymentEntity, paymentPosition),
  sourceOf(settlementEntity, settlementPosition),
];

/** Whether commits of this kind can move money. */
export function movesMoney(kind: string): boolean {
  return sources.some((source) => source.kind === kind);
}

/** The position of an entity after each version of its stream; empty ones for a kind that has none. */
export function positionsOf(kind: string, commits: readonly Commit[]): readonly Position[] {
  const source = sources.find((each) => each.kind === kind);
  return source === undefined ? commits.map(() => []) : source.positionsOf(commits);
}

function sourceOf<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  positionOf: (state: State) => Position,
): PositionSource {
  return {
    kind: entity.kind,
    positionsOf: (commits) => {
      // Throws on a gap.
      fold(entity, commits);
      let state: State | undefined;
      return commits.map((commit) => {
        state = evolveAll(entity, state, commit);
        return state === undefined ? [] : positionOf(state);
      });
    },
  };
}
