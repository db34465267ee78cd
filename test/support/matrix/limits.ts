import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';

import type { Operator } from '../operator';

const coordinationTable = 'countinghouse-dev-coordination';

/** Empties the cells of the rate limiter, so that a test which asks everything as everybody is never over a limit. */
export async function forgetLimits({ dynamodb, items }: Operator): Promise<void> {
  const cells = (await items(coordinationTable)).filter(({ pk }) => pk?.S?.startsWith('P#limit#') === true);
  await Promise.all(
    cells.map(({ pk, sk }) =>
      dynamodb.send(
        new DeleteItemCommand({ TableName: coordinationTable, Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } } }),
      ),
    ),
  );
}
