export interface LogLine {
  readonly at: string;
  readonly functionName: string;
  readonly invocationId: string | undefined;
  readonly line: string;
}

/** Lines kept in memory: far more than a test run writes, and a bound for a cloud that runs for days. */
const keptLines = 200_000;

/** What every function wrote to its standard output and error, by invocation; the local CloudWatch Logs. */
export interface LogStore {
  append(functionName: string, invocationId: string | undefined, line: string): void;
  find(filter: {
    readonly functionName?: string | undefined;
    readonly contains?: string | undefined;
    readonly invocationId?: string | undefined;
  }): LogLine[];
}

export function newLogStore(onLine: (line: LogLine) => void): LogStore {
  let lines: LogLine[] = [];
  return {
    append(functionName, invocationId, line) {
      const entry: LogLine = { at: new Date().toISOString(), functionName, invocationId, line };
      lines.push(entry);
      if (lines.length > keptLines * 1.1) lines = lines.slice(-keptLines);
      onLine(entry);
    },
    find: ({ functionName, contains, invocationId }) =>
      lines.filter(
        (entry) =>
          (functionName === undefined ||
            entry.functionName === functionName ||
            entry.functionName.endsWith(`-${functionName}`)) &&
          (invocationId === undefined || entry.invocationId === invocationId) &&
          (contains === undefined || entry.line.includes(contains)),
      ),
  };
}
