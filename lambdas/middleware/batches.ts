/** What an event source takes as a partial success [Lambda: ReportBatchItemFailures]. */
export interface PartialBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * The answer to a batch of a stream: everything from the earliest failed record on is delivered again, so what comes after it
 * must bear being done twice. `sequenceNumbers` are the batch's, in its order.
 */
export function retryFromEarliest(
  sequenceNumbers: readonly string[],
  failed: (index: number) => boolean,
): PartialBatchResponse {
  const earliest = sequenceNumbers.find((_, index) => failed(index));
  return { batchItemFailures: earliest === undefined ? [] : [{ itemIdentifier: earliest }] };
}

/** Does the work for each item, at most `width` at a time, and reports what failed with the item it failed for. */
export async function forEachConcurrently<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<readonly { readonly item: Item; readonly error: unknown }[]> {
  const failures: { readonly item: Item; readonly error: unknown }[] = [];
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      try {
        await work(item);
      } catch (error) {
        failures.push({ item, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return failures;
}
