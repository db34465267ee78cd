import type { Sleep } from '../../kernel/clock';
import type { Randomness } from '../../kernel/ids';
import { fullJitterMs } from '../../kernel/jitter';
import type { Journal } from '../../kernel/journal';
import { ownerName } from '../../kernel/journal';
import type { AuditHeads, Segment, WormLog } from '../audit/ports';
import { assertBalanced, partsOf, post, samePlace } from './books';
import type { Books, Place } from './books';
import type { Entry, EntryLine } from './entry';
import { LedgerContended, LedgerCorruption } from './errors';
import type { BooksChange, LedgerStore } from './ports';
import { maxPosted } from './ports';
import { entriesOf } from './segment-entries';

export interface ProjectLedgerPorts {
  readonly journal: Pick<Journal, 'read'>;
  readonly worm: Pick<WormLog, 'read'>;
  readonly heads: Pick<AuditHeads, 'read'>;
  readonly store: Pick<LedgerStore, 'books' | 'post'>;
  readonly sleep: Sleep;
  readonly randomness: Randomness;
}

export interface Projected {
  /** Entries that this run brought into the books. */
  readonly entries: number;
  readonly place: Place;
  /** False when the time was over before the end of the log. */
  readonly reachedHead: boolean;
  /** Times that another run moved the books first. */
  readonly racesLost: number;
}

const maxLaps = 12;

/**
 * Brings a tenant's books up to its log: every commit exactly once, in the order of the log, whatever dies and however many run.
 *
 * | where a run dies               | what stands                             | who goes on                              |
 * |--------------------------------|-----------------------------------------|------------------------------------------|
 * | before a transaction           | the books at the place before it        | the next run, from that place            |
 * | after it, its answer lost      | entries, lines and the place behind them | the next run, from the new place         |
 *
 * There is nothing between the two: what was posted and how far the log is posted are one write, conditional on the place that the
 * run had started from. Objects below the head of the log never change, so two runs from one place would write the same.
 */
export async function projectLedger(
  ports: ProjectLedgerPorts,
  tenant: string,
  generation: number,
  hasTime: () => boolean = () => true,
): Promise<Projected> {
  let entries = 0;
  for (let lap = 0; lap < maxLaps; lap += 1) {
    const run = newRun(ports, tenant, generation, await ports.store.books(tenant, generation));
    // The head only follows the objects: below it all of them are there, and are the truth about the order.
    const { head } = await ports.heads.read({ tenant }, [], []);
    const ended = await run.to(head.nextIndex, hasTime);
    entries += run.entries();
    if (ended !== 'overtaken') {
      return { entries, place: run.place(), reachedHead: ended === 'at-head', racesLost: lap };
    }
    await ports.sleep(fullJitterMs(ports.randomness, Math.min(640, 10 * 2 ** lap)));
  }
  throw new LedgerContended(`the books of ${tenant} moved in every one of ${String(maxLaps)} laps`);
}

/** One pass over the log, with what it has gathered since its last transaction. */
function newRun({ worm, journal, store }: ProjectLedgerPorts, tenant: string, generation: number, opened: Books) {
  let stored = opened.place;
  let change: BooksChange = { books: opened, entries: [], lines: [] };
  let posted = 0;

  const flush = async (): Promise<boolean> => {
    if (samePlace(stored, change.books.place)) return true;
    assertBalanced(change.books.totals);
    // A crash before this write leaves the books at `stored`, and the next run posts the same. After it everything up to the new
    // place is in the books, and no run can post it again.
    if (!(await store.post(tenant, generation, stored, change))) return false;
    stored = change.books.place;
    posted += change.entries.length;
    change = { books: change.books, entries: [], lines: [] };
    return true;
  };

  const addPart = (entry: Entry, part: readonly EntryLine[], isFirst: boolean, place: Place): void => {
    const { totals, lines } = post(change.books.totals, entry, part);
    change = {
      books: { place, asOf: entry.at, totals },
      entries: isFirst ? [...change.entries, entry] : change.entries,
      lines: [...change.lines, ...lines],
    };
  };

  const addSegment = async (segment: Segment): Promise<boolean> => {
    const from = change.books.place;
    for (const entry of await entriesOf(journal, segment, from.index)) {
      const parts = partsOf(entry);
      for (const [number, part] of parts.entries()) {
        if (entry.index === from.index && number < from.parts) continue;
        const size = part.length + (number === 0 ? 1 : 0);
        if (1 + change.entries.length + change.lines.length + size > maxPosted && !(await flush())) return false;
        const isLast = number === parts.length - 1;
        const place = isLast
          ? placeAfter(segment, entry.index)
          : { object: segment.firstIndex, index: entry.index, parts: number + 1 };
        addPart(entry, part, number === 0, place);
      }
    }
    const end = segment.firstIndex + segment.records.length;
    const last = segment.records.at(-1);
    const asOf = last?.type === 'commit' ? last.commit.at : last?.observation.at;
    change = { ...change, books: { ...change.books, place: { object: end, index: end, parts: 0 }, asOf } };
    return true;
  };

  return {
    entries: () => posted,
    place: () => stored,
    to: async (headIndex: number, hasTime: () => boolean): Promise<'at-head' | 'out-of-time' | 'overtaken'> => {
      while (change.books.place.index < headIndex) {
        if (!hasTime()) return (await flush()) ? 'out-of-time' : 'overtaken';
        if (!(await addSegment(await segmentAt(worm, tenant, change.books.place.object)))) return 'overtaken';
      }
      return (await flush()) ? 'at-head' : 'overtaken';
    },
  };
}

async function segmentAt(worm: Pick<WormLog, 'read'>, tenant: string, firstIndex: number): Promise<Segment> {
  const name = `object ${String(firstIndex)} of ${tenant}`;
  const found = await worm.read({ tenant }, firstIndex);
  if (found === undefined) throw new LedgerCorruption(`${name} is missing below the head of the log`);
  const { segment } = found;
  if (ownerName(segment.owner) !== tenant || segment.firstIndex !== firstIndex || segment.records.length === 0) {
    throw new LedgerCorruption(`${name} is not what its name says`);
  }
  return segment;
}

function placeAfter(segment: Segment, index: number): Place {
  const end = segment.firstIndex + segment.records.length;
  return { object: index + 1 === end ? end : segment.firstIndex, index: index + 1, parts: 0 };
}
