import type { Answered, Asked, Sending } from './lease-histories';
import { leaseMs } from './lease-histories';

/** The lease as one worker alone would see it: what every history must be explained by. */
interface Register {
  readonly fence: number;
  readonly nonce: string | undefined;
  readonly untilMs: number;
  readonly written: readonly string[];
}

const free: Register = { fence: 0, nonce: undefined, untilMs: 0, written: [] };

/**
 * Why a history is wrong; undefined when it is right: its answers are those of one register asked one request at a time, in an order that
 * keeps what was answered before something else was sent before it (linearizability; the search of Wing and Gong, JPDC 1993), fences
 * rise, and nobody writes under an old fence what was written under a newer one before.
 */
export function faultOf(history: readonly Sending[]): string | undefined {
  return (
    fencesFault(history) ?? (isLinearizable(history) ? undefined : 'no order of the requests explains the answers')
  );
}

function fencesFault(history: readonly Sending[]): string | undefined {
  const given = history.filter(({ asked, answer }) => asked.op === 'acquire' && typeof answer === 'number');
  const written = history.filter(({ asked, answer }) => asked.op === 'write' && answer === true);
  const fenceOf = ({ asked, answer }: Sending): number => (asked.op === 'write' ? asked.fence : Number(answer));
  // What is answered to a repetition may be the effect of the first sending.
  const firstSentAt = ({ asked }: Sending): number =>
    Math.min(...history.filter((other) => other.asked === asked).map(({ sentAt }) => sentAt));
  for (const [name, all] of [
    ['acquire', given],
    ['write', written],
  ] as const) {
    for (const earlier of all) {
      for (const later of all) {
        if (earlier === later || earlier.answeredAt >= firstSentAt(later)) continue;
        const falls = name === 'acquire' ? fenceOf(later) <= fenceOf(earlier) : fenceOf(later) < fenceOf(earlier);
        if (falls) return `${name}: the fence ${String(fenceOf(later))} follows ${String(fenceOf(earlier))}`;
      }
    }
  }
  return undefined;
}

function isLinearizable(history: readonly Sending[]): boolean {
  const seen = new Set<string>();
  const answered = history.filter(({ answer }) => answer !== undefined).length;

  const search = (done: bigint, left: number, register: Register): boolean => {
    if (left === 0) return true;
    const place = `${done.toString(36)}|${JSON.stringify(register)}`;
    if (seen.has(place)) return false;
    seen.add(place);
    const isDone = (index: number): boolean => ((done >> BigInt(index)) & 1n) === 1n;
    // What is next was sent before anything that is not done yet had been answered.
    let horizon = Infinity;
    for (const [index, { answer, answeredAt }] of history.entries()) {
      if (answer !== undefined && !isDone(index)) horizon = Math.min(horizon, answeredAt);
    }
    for (const [index, { asked, answer, sentAt }] of history.entries()) {
      if (isDone(index) || sentAt > horizon) continue;
      const [given, next] = ask(register, asked);
      if (answer !== undefined && answer !== given) continue;
      // What was never answered need not have happened, so it is of no use where it changes nothing.
      if (answer === undefined && next === register) continue;
      if (search(done | (1n << BigInt(index)), answer === undefined ? left : left - 1, next)) return true;
    }
    return false;
  };
  return search(0n, answered, free);
}

function ask(register: Register, asked: Asked): readonly [Answered, Register] {
  const isHolder = 'nonce' in asked && register.nonce === asked.nonce;
  switch (asked.op) {
    case 'acquire': {
      const { nonce, nowMs } = asked;
      if (register.nonce === undefined || register.untilMs <= nowMs) {
        const fence = register.fence + 1;
        return [fence, { ...register, fence, nonce, untilMs: nowMs + leaseMs }];
      }
      return [isHolder ? register.fence : false, register];
    }
    case 'heartbeat':
      return isHolder ? [true, { ...register, untilMs: asked.untilMs }] : [false, register];
    case 'release':
      return [true, isHolder ? { ...register, nonce: undefined } : register];
    case 'write': {
      if (register.written.includes(asked.id)) return [true, register];
      const isHeld = register.fence === asked.fence && register.nonce !== undefined;
      return isHeld ? [true, { ...register, written: [...register.written, asked.id] }] : [false, register];
    }
  }
}
