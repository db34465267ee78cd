import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CountedCall } from '../local/front-door/contract';
import { asNumber, asObject, asString, parseJson } from '../local/assembly/json';

/** A versioned price file of `bench/prices`. */
export interface Prices {
  readonly file: string;
  readonly region: string;
  /** Day of the price list, ISO 8601. */
  readonly date: string;
  readonly source: string;
  /** US dollars per million of each unit. */
  readonly perMillion: Readonly<Record<PricedUnit, number>>;
}

type PricedUnit =
  | 'dynamodbWriteUnits'
  | 'dynamodbReadUnits'
  | 'sqsRequests'
  | 'kmsRequests'
  | 'secretsManagerRequests'
  | 's3PutRequests'
  | 's3GetRequests'
  | 'lambdaRequests'
  | 'apiGatewayRestRequests';

/** The newest price file. */
export function readPrices(): Prices {
  const folder = join(__dirname, 'prices');
  const file = readdirSync(folder).sort().at(-1);
  if (file === undefined) throw new Error(`no price file in ${folder}`);
  const list = asObject(parseJson(readFileSync(join(folder, file), 'utf8')), file);
  const perMillion = asObject(list['perMillion'], `${file} perMillion`);
  const price = (unit: PricedUnit): number => asNumber(perMillion[unit], `${file} ${unit}`);
  return {
    file: `bench/prices/${file}`,
    region: asString(list['region'], `${file} region`),
    date: asString(list['date'], `${file} date`),
    source: asString(list['source'], `${file} source`),
    perMillion: {
      dynamodbWriteUnits: price('dynamodbWriteUnits'),
      dynamodbReadUnits: price('dynamodbReadUnits'),
      sqsRequests: price('sqsRequests'),
      kmsRequests: price('kmsRequests'),
      secretsManagerRequests: price('secretsManagerRequests'),
      s3PutRequests: price('s3PutRequests'),
      s3GetRequests: price('s3GetRequests'),
      lambdaRequests: price('lambdaRequests'),
      apiGatewayRestRequests: price('apiGatewayRestRequests'),
    },
  };
}

/** Requests beside the function's own calls that are billed for a piece of work; the poller of a queue makes some, too. */
export type BilledRequests = Partial<Record<'lambdaRequests' | 'apiGatewayRestRequests' | 'sqsRequests', number>>;

/**
 * US dollars for a million repetitions of what these calls and requests did. Lambda's duration is left out: a time measured
 * here says nothing about a time there.
 */
export function dollarsPerMillion(prices: Prices, calls: readonly CountedCall[], requests: BilledRequests): number {
  const units = new Map<PricedUnit, number>();
  const add = (unit: PricedUnit, amount: number): void => void units.set(unit, (units.get(unit) ?? 0) + amount);
  add('lambdaRequests', requests.lambdaRequests ?? 0);
  add('apiGatewayRestRequests', requests.apiGatewayRestRequests ?? 0);
  add('sqsRequests', requests.sqsRequests ?? 0);
  for (const call of calls) {
    add('dynamodbReadUnits', call.readUnits);
    add('dynamodbWriteUnits', call.writeUnits);
    const unit = requestUnitOf(call);
    if (unit !== undefined) add(unit, unit === 'sqsRequests' ? sqsChunks(call) : 1);
  }
  return [...units].reduce((dollars, [unit, amount]) => dollars + amount * prices.perMillion[unit], 0);
}

/** SQS bills every begun 64 KiB of a request as one. [Amazon SQS pricing] */
function sqsChunks({ requestBytes }: CountedCall): number {
  return Math.max(1, Math.ceil(requestBytes / 65_536));
}

/** The unit of which a call costs one; undefined where requests are free or billed by units of another kind. */
function requestUnitOf({ service, action }: CountedCall): PricedUnit | undefined {
  switch (service) {
    case 'dynamodb':
    case 'sts':
      return undefined;
    case 'sqs':
      return 'sqsRequests';
    case 'kms':
      return 'kmsRequests';
    case 'secretsmanager':
      return 'secretsManagerRequests';
    case 's3':
      return /^(Put|Post|Copy|List)/.test(action) ? 's3PutRequests' : 's3GetRequests';
    default:
      throw new Error(`bench/prices has no unit for ${service}:${action}: add it there and here`);
  }
}
