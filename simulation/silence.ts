import type { Choices } from './choices';

const dayMs = 24 * 3_600_000;

/** Whether the provider answers nothing about this operation: not when it is asked to do it, and not when it is asked what became of it. */
export function isSilentAbout(choices: Choices, operationId: string): boolean {
  return choices.chance(0.06, 'silent', operationId);
}

/** How late its news of such an operation are: while it is still asked, between the last question and somebody's word, or after both. */
export function silenceMs(choices: Choices, operationId: string): number {
  return choices.integer(4, 10, 'silent-for', operationId) * dayMs;
}
