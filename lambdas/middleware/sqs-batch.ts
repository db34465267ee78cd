import * as z from 'zod';

/** What SQS hands over [Lambda: using Lambda with SQS]. Attributes are texts; those that count or tell a time are read as numbers. */
const bodies = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

const receipts = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.object({
        ApproximateReceiveCount: z.coerce.number().int(),
        SentTimestamp: z.coerce.number().optional(),
        ApproximateFirstReceiveTimestamp: z.coerce.number().optional(),
      }),
    }),
  ),
});

export type SqsBody = z.output<typeof bodies>['Records'][number];

/** A message as a consumer needs it that sets its own backoff. */
export type SqsReceipt = z.output<typeof receipts>['Records'][number];

/** The messages of a batch. Throws on an event that is none of a queue's. */
export function readSqsBodies(event: unknown): readonly SqsBody[] {
  return bodies.parse(event).Records;
}

/** The messages of a batch, with what tells how often and how long each was tried. Throws on an event that is none of a queue's. */
export function readSqsReceipts(event: unknown): readonly SqsReceipt[] {
  return receipts.parse(event).Records;
}
