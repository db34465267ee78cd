import type { App } from 'aws-cdk-lib';

import type { StageConfig } from '../config/stage-config';
import { ApiStack } from './api-stack';
import { AuditStack } from './audit-stack';
import { DataStack } from './data-stack';
import { IdentityStack } from './identity-stack';
import { OperationsStack } from './operations-stack';
import { WebhooksStack } from './webhooks-stack';

/** The product of one stage. References lead one way: data ← identity, webhooks ← audit, api; operations knows the others by name alone. */
export function addProduct(app: App, config: StageConfig): void {
  const data = new DataStack(app, config);
  const identity = new IdentityStack(app, config, data);
  const webhooks = new WebhooksStack(app, config, data);
  new AuditStack(app, config, { data, identity, webhooks });
  new ApiStack(app, config, { data, identity, webhooks });
  new OperationsStack(app, config, data);
}
