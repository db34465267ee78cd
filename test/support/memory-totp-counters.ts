import type { RecoveryCounters, StepUps, TotpCounters } from '../../lambdas/domain/mfa/ports';

const lockMs = 30 * 60_000;

/** Counters of attempts in memory, by the rules of both ports. */
function newMemoryCounters(): TotpCounters & RecoveryCounters {
  const cells = new Map<string, { attempts: number; left: number; lockedUntilMs: number; lastStep: number }>();
  const cellOf = (user: string) => {
    const cell = cells.get(user) ?? { attempts: 0, left: 10, lockedUntilMs: 0, lastStep: 0 };
    cells.set(user, cell);
    return cell;
  };
  return {
    beginAttempt: async (user, nowMs) => {
      const cell = cellOf(user);
      if (cell.attempts >= 100) return { allowed: false, reason: 'disabled' };
      if (cell.left === 0) {
        if (cell.lockedUntilMs > nowMs) {
          return { allowed: false, reason: 'locked', retryAfterMs: cell.lockedUntilMs - nowMs };
        }
        cell.left = 10;
      }
      cell.attempts += 1;
      cell.left -= 1;
      cell.lockedUntilMs = nowMs + lockMs;
      return { allowed: true, lastStep: cell.lastStep };
    },
    useStep: async (user, step) => {
      const cell = cellOf(user);
      if (step <= cell.lastStep) return false;
      Object.assign(cell, { attempts: 0, left: 10, lastStep: step });
      return true;
    },
    forgive: async (user) => {
      Object.assign(cellOf(user), { attempts: 0, left: 10 });
    },
    reset: async (user) => {
      cells.delete(user);
    },
  };
}

export function newMemoryTotpCounters(): TotpCounters {
  return newMemoryCounters();
}

export function newMemoryRecoveryCounters(): RecoveryCounters {
  return newMemoryCounters();
}

export function newMemoryStepUps(): StepUps {
  const cells = new Map<string, Parameters<StepUps['record']>[2]>();
  const revoked = new Map<string, number>();
  return {
    record: async (user, session, stepUp) => {
      cells.set(`${user}/${session}`, stepUp);
    },
    read: async (user, session) => {
      const stepUp = cells.get(`${user}/${session}`);
      return stepUp !== undefined && stepUp.verifiedAtMs > (revoked.get(user) ?? 0) ? stepUp : undefined;
    },
    revoke: async (user, untilMs) => {
      revoked.set(user, untilMs);
    },
  };
}
