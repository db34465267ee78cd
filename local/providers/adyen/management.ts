import { answered, jsonOf, problem, textIn } from './wire';
import type { Answer, Json } from './wire';
import type { Webhook } from './notifications';

/** Webhooks by the Management API [Adyen: Management API v3, webhooks on merchant level]. */
export class Management {
  readonly webhooks: Webhook[] = [];

  constructor(
    private readonly newHmacKey: () => string,
    private readonly pageSize = 2,
  ) {}

  handle(method: string, path: readonly string[], query: URLSearchParams, body: unknown): Answer {
    const [id, action] = path;
    if (id === undefined) return method === 'GET' ? this.list(query) : this.create(jsonOf(body));
    const webhook = this.webhooks.find((each) => each.id === id);
    if (webhook === undefined) return problem(404, 'Webhook not found');
    if (method === 'POST' && action === 'generateHmac') {
      webhook.hmacKey = this.newHmacKey();
      return answered({ hmacKey: webhook.hmacKey });
    }
    if (method === 'PATCH') change(webhook, jsonOf(body));
    return answered(present(webhook));
  }

  private list(query: URLSearchParams): Answer {
    const size = Math.min(Number(query.get('pageSize') ?? '10'), this.pageSize);
    const page = Number(query.get('pageNumber') ?? '1');
    const data = this.webhooks.slice((page - 1) * size, page * size).map(present);
    const pagesTotal = Math.max(1, Math.ceil(this.webhooks.length / size));
    // An empty list is left out.
    return answered({ itemsTotal: this.webhooks.length, pagesTotal, ...(data.length === 0 ? {} : { data }) });
  }

  private create(body: Json): Answer {
    const url = textIn(body, 'url');
    const type = textIn(body, 'type');
    if (url === undefined || type === undefined) return problem(422, 'Required field missing');
    const id = `S2-${String(this.webhooks.length + 1).padStart(8, '0')}`;
    const webhook: Webhook = {
      id,
      url,
      type,
      active: false,
      communicationFormat: 'soap',
      includeEventCodes: [],
      hmacKey: undefined,
    };
    change(webhook, body);
    this.webhooks.push(webhook);
    return answered(present(webhook));
  }
}

function change(webhook: Webhook, body: Json): void {
  if (typeof body.active === 'boolean') webhook.active = body.active;
  webhook.communicationFormat = textIn(body, 'communicationFormat') ?? webhook.communicationFormat;
  const { includeEventCodes } = jsonOf(body.additionalSettings);
  if (Array.isArray(includeEventCodes)) webhook.includeEventCodes = includeEventCodes.map(String);
}

function present({ id, url, type, active, communicationFormat, includeEventCodes, hmacKey }: Webhook): object {
  return {
    id,
    type,
    url,
    active,
    communicationFormat,
    hasError: false,
    hasPassword: false,
    additionalSettings: { includeEventCodes, excludeEventCodes: [], properties: {} },
    ...(hmacKey === undefined ? {} : { hmacKeyCheckValue: hmacKey.slice(0, 6).toUpperCase() }),
  };
}
