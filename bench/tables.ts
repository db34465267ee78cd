import type { ColdStart } from './cold-starts';
import type { Measured } from './measured';
import type { FloodRun } from './webhook-flood';
import type { IngestRun } from './webhook-ingest';

/** The function beside which a peer is put, or the kind of peer for a function that has none of its own. */
export interface ColdStartRow extends ColdStart {
  readonly peer: string | undefined;
  readonly bytesToPeer: number | undefined;
  readonly initToPeer: number | undefined;
}

export function operationsTable(rows: readonly Measured[]): string {
  const ordered = [...rows].sort((a, b) => order(rows, a) - order(rows, b));
  return table(
    [
      'operation',
      'by',
      'rounds',
      'calls',
      'reads',
      'writes',
      'sent',
      'received',
      '$/M calls',
      '$/M all',
      'which calls',
    ],
    ordered.map((row) => [
      row.operation,
      row.by === 'peer' ? 'the peer' : 'ours',
      short(row.rounds),
      short(row.calls),
      short(row.readUnits),
      short(row.writeUnits),
      Math.round(row.requestBytes).toString(),
      Math.round(row.responseBytes).toString(),
      row.callDollarsPerMillion.toFixed(2),
      row.dollarsPerMillion.toFixed(2),
      Object.entries(row.byAction)
        .map(([name, count]) => (count === 1 ? name : `${name} ×${short(count)}`))
        .join(', '),
    ]),
  );
}

/** A peer's row follows the row of the same operation; its webhook delivery follows the first of ours. */
function order(rows: readonly Measured[], row: Measured): number {
  if (row.by === 'countinghouse') return rows.indexOf(row);
  return rows.findIndex((other) => other.operation.startsWith(row.operation)) + 0.5;
}

export function coldStartsTable(rows: readonly ColdStartRow[]): string {
  return table(
    ['function', 'bundle bytes', 'init ms', 'init CPU ms', 'beside', 'bytes/peer', 'init CPU/peer'],
    rows.map((row) => [
      row.name,
      row.bundleBytes.toString(),
      row.initMs.toFixed(1),
      row.initCpuMs.toFixed(1),
      row.peer ?? '',
      row.bytesToPeer?.toFixed(2) ?? '',
      row.initToPeer?.toFixed(2) ?? '',
    ]),
  );
}

export function ingestTable(runs: readonly IngestRun[]): string {
  return table(
    ['webhook ingest by', 'deliveries', 'per second', 'p50 ms', 'p99 ms', 'AWS calls per delivery'],
    runs.map((run) => [
      run.by,
      run.deliveries.toString(),
      run.perSecond.toFixed(0),
      run.p50Ms.toFixed(1),
      run.p99Ms.toFixed(1),
      run.callsPerDelivery.toFixed(2),
    ]),
  );
}

export function floodTable({ quietTurns, floodedTurns, ratio, floodEvents, floodLeft }: FloodRun): string {
  return table(
    ['turns waited, quiet', 'in a flood', 'ratio', 'events of the flood', 'left at the end'],
    [[quietTurns.toFixed(2), floodedTurns.toFixed(2), ratio.toFixed(2), floodEvents.toString(), floodLeft.toString()]],
  );
}

function short(value: number): string {
  return Number.isInteger(value) ? value.toString() : value.toFixed(1);
}

/** Columns of text, numbers to the right; the last column is not padded. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = header.map((_name, column) => rows.every((row) => /^[\d.]*$/.test(row[column] ?? '')));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isNumber[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
