import { hashOf, segmentToBytes } from '../../lambdas/adapters/s3/segment-codec';
import type { Segment } from '../../lambdas/domain/audit/ports';
import type { NormalisedEvent, Provider } from '../../lambdas/domain/providers/provider';
import { ok } from '../../lambdas/kernel/result';
import type { Tampering } from '../../simulation/tampering';

interface Mutant {
  plant(): Tampering;
  /** The invariants that it is to break, one or another of them. */
  readonly noticedBy: readonly string[];
}

/** Bugs that the simulation must notice. Each stands in place of a port and is told from it by nothing but what it does. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'drops the idempotency key on retry': {
    noticedBy: ['no effect without a journaled intent'],
    plant: () => ({
      provider: (provider) => {
        const again =
          <Request extends { readonly operationId: string }>(
            method: (request: Request) => ReturnType<Provider['capture']>,
          ) =>
          async (request: Request) => {
            const outcome = await method(request);
            if (outcome.status !== 'unknown') return outcome;
            return method({ ...request, operationId: `${request.operationId.slice(0, -1)}z` });
          };
        return {
          ...provider,
          authorize: again(provider.authorize),
          capture: again(provider.capture),
          cancel: again(provider.cancel),
          refund: again(provider.refund),
        };
      },
    }),
  },

  'treats a timeout as a failure': {
    noticedBy: ['no failure of what the provider did'],
    plant: () => ({
      provider: (provider) => {
        const certain =
          <Request>(method: (request: Request) => ReturnType<Provider['capture']>) =>
          async (request: Request) => {
            const outcome = await method(request);
            return outcome.status === 'unknown' ? ({ status: 'failed', reason: 'provider_refused' } as const) : outcome;
          };
        return {
          ...provider,
          authorize: certain(provider.authorize),
          capture: certain(provider.capture),
          cancel: certain(provider.cancel),
          refund: certain(provider.refund),
        };
      },
    }),
  },

  'applies a webhook without its event key': {
    noticedBy: ['no webhook that nobody sent', 'no webhook applied twice'],
    plant: () => {
      let drawn = 0;
      const fresh = (event: NormalisedEvent): NormalisedEvent => {
        drawn += 1;
        return { ...event, eventKey: `drawn-${String(drawn)}` };
      };
      return {
        readers: (readers) => ({
          ...readers,
          sandbox: {
            ...readers.sandbox,
            read: async (delivery, secrets, nowMs) => {
              const read = await readers.sandbox.read(delivery, secrets, nowMs);
              return read.ok ? ok(read.value.map(fresh)) : read;
            },
          },
        }),
      };
    },
  },

  'ignores the fence': {
    noticedBy: ['a stale holder writes nothing'],
    plant: () => ({
      journal: (journal) => ({
        ...journal,
        append: (commits, extra = {}) => journal.append(commits, { ...extra, guards: [] }),
      }),
    }),
  },

  'checks a refund on stale state': {
    noticedBy: ['pending + succeeded refunds ≤ captured − charged back'],
    plant: () => ({
      journal: (journal) => ({
        ...journal,
        append: async (commits, extra) => {
          const appended = await journal.append(commits, extra);
          const [commit] = commits;
          const isRefund =
            commit?.command.name === 'payments.refund' && commit.events[0]?.type === 'OperationRequested';
          if (appended.ok || commit === undefined || !isRefund) return appended;
          // What was decided on the first read is appended behind whatever has come since.
          const now = await journal.read(commit.stream);
          if (now.some(({ command }) => command.key === commit.command.key)) return appended;
          return journal.append([{ ...commit, version: (now.at(-1)?.version ?? 0) + 1 }], extra);
        },
      }),
    }),
  },

  'moves the head before the object is there': {
    noticedBy: ['the head never runs ahead of the log'],
    plant: () => ({
      audit: ({ worm, heads }) => {
        let kept: Segment | undefined;
        return {
          worm: {
            ...worm,
            put: async (segment) => {
              kept = segment;
              return { result: 'written', hash: hashOf(segmentToBytes(segment)) };
            },
          },
          heads: {
            ...heads,
            advance: async (...where) => {
              const moved = await heads.advance(...where);
              if (moved && kept !== undefined) await worm.put(kept);
              return moved;
            },
          },
        };
      },
    }),
  },

  'takes for shipped what the head has not passed': {
    noticedBy: ['the head stands at the end of the log'],
    plant: () => ({
      audit: ({ worm, heads }) => ({ worm, heads: { ...heads, advance: async () => true } }),
    }),
  },
};
