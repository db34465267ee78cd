/** When a schedule runs next: `rate(5 minutes)`, `cron(0 3 * * ? *)`, `at(2026-01-01T00:00:00)`, in UTC. */
export type NextRun = (afterMs: number) => number | undefined;

/** Parses an expression of EventBridge Scheduler or of an EventBridge rule (EventBridge User Guide, "Schedule types"). */
export function parseSchedule(expression: string): NextRun {
  const match = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim());
  const [, kind, argument = ''] = match ?? [];
  switch (kind) {
    case 'rate': {
      const everyMs = rateMs(argument);
      return (afterMs) => afterMs + everyMs;
    }
    case 'at': {
      const atMs = Date.parse(`${argument}Z`);
      return (afterMs) => (atMs > afterMs ? atMs : undefined);
    }
    case 'cron':
      return cron(argument);
    default:
      throw new Error(`Schedule expression ${expression} is not supported by the local cloud`);
  }
}

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rateMs(argument: string): number {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(argument) ?? [];
  const size = unitMs[unit];
  if (size === undefined) throw new Error(`rate(${argument}) is not a rate`);
  return Number(count) * size;
}

const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Minutes, hours, day of month, month, day of week (1–7, Sunday first), year; steps, ranges, lists, names, `L` as last day. */
function cron(argument: string): NextRun {
  const fields = argument.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`cron(${argument}) needs six fields`);
  const [minutes = '', hours = '', days = '', months = '', weekdays = '', years = ''] = fields;
  const matchesField = (field: string, value: number, from: number, names: readonly string[] = []): boolean =>
    field.split(',').some((part) => matchesPart(part, value, from, names));
  const matchesDay = (date: Date): boolean => {
    if (days === 'L') return new Date(date.getTime() + 86_400_000).getUTCDate() === 1;
    return matchesField(days, date.getUTCDate(), 1) && matchesField(weekdays, date.getUTCDay() + 1, 1, dayNames);
  };
  return (afterMs) => {
    // Minute by minute within a matching day, day by day otherwise; two years cover every leap-free calendar cron.
    const date = new Date(Math.floor(afterMs / 60_000) * 60_000 + 60_000);
    const limitMs = afterMs + 2 * 366 * 86_400_000;
    while (date.getTime() < limitMs) {
      const dayMatches =
        matchesField(years, date.getUTCFullYear(), 1970) &&
        matchesField(months, date.getUTCMonth() + 1, 1, monthNames) &&
        matchesDay(date);
      if (!dayMatches) date.setUTCHours(24, 0, 0, 0);
      else if (matchesField(hours, date.getUTCHours(), 0) && matchesField(minutes, date.getUTCMinutes(), 0))
        return date.getTime();
      else date.setTime(date.getTime() + 60_000);
    }
    return undefined;
  };
}

function matchesPart(part: string, value: number, from: number, names: readonly string[]): boolean {
  const [range = '', step] = part.split('/');
  const number = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    return named >= 0 ? named + 1 : Number(text);
  };
  if (range === '*' || range === '?') return step === undefined || (value - from) % Number(step) === 0;
  const [low = '', high] = range.split('-');
  const first = number(low);
  if (Number.isNaN(first)) throw new Error(`cron field ${part} is not supported by the local cloud`);
  if (high !== undefined)
    return value >= first && value <= number(high) && (step === undefined || (value - first) % Number(step) === 0);
  return step === undefined ? value === first : value >= first && (value - first) % Number(step) === 0;
}
