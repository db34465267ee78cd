/**
 * The names of every environment variable that a function may read, declared once:
 * the constructs in `lib` set them, the `config.ts` of each handler parses them.
 */
export const env = {
  stage: 'STAGE',
  journalTable: 'JOURNAL_TABLE',
  viewsTable: 'VIEWS_TABLE',
  coordinationTable: 'COORDINATION_TABLE',
  valkeyUrl: 'VALKEY_URL',
  sandboxTable: 'SANDBOX_TABLE',
  wormBucket: 'WORM_BUCKET',
  tenantRoleArn: 'TENANT_ROLE_ARN',
  sealingKeyArn: 'SEALING_KEY_ARN',
  tokenKeyArn: 'TOKEN_KEY_ARN',
  addressKeyArn: 'ADDRESS_KEY_ARN',
  secretsKeyArn: 'SECRETS_KEY_ARN',
  cursorSecretArn: 'CURSOR_SECRET_ARN',
  resendSecretArn: 'RESEND_SECRET_ARN',
  connectionSecretPrefix: 'CONNECTION_SECRET_PREFIX',
  webhooksQueueUrl: 'WEBHOOKS_QUEUE_URL',
  webhooksDeadLetterQueueUrl: 'WEBHOOKS_DEAD_LETTER_QUEUE_URL',
  webhooksMaxReceiveCount: 'WEBHOOKS_MAX_RECEIVE_COUNT',
  payoutImportsQueueUrl: 'PAYOUT_IMPORTS_QUEUE_URL',
  payoutImportsMaxReceiveCount: 'PAYOUT_IMPORTS_MAX_RECEIVE_COUNT',
  webhookRedrivesQueueUrl: 'WEBHOOK_REDRIVES_QUEUE_URL',
  notificationsQueueUrl: 'NOTIFICATIONS_QUEUE_URL',
  ledgerQueueUrl: 'LEDGER_QUEUE_URL',
  sandboxWebhooksQueueUrl: 'SANDBOX_WEBHOOKS_QUEUE_URL',
  sandboxUrl: 'SANDBOX_URL',
  providerEndpoints: 'PROVIDER_ENDPOINTS',
  providerRoots: 'PROVIDER_ROOTS',
  providerMode: 'PROVIDER_MODE',
  webhookUrl: 'WEBHOOK_URL',
  userPoolId: 'USER_POOL_ID',
  allowedOrigins: 'ALLOWED_ORIGINS',
  consoleUrl: 'CONSOLE_URL',
  mailFrom: 'MAIL_FROM',
  autoConfirmSignUps: 'AUTO_CONFIRM_SIGN_UPS',
} as const;

/** Set only in stages that have what they name. */
export const optionalEnv: ReadonlySet<string> = new Set([env.valkeyUrl, env.providerEndpoints, env.providerRoots]);

/** Every function of the product: the folder under `lambdas/handlers`, and the last part of its deployed name. */
export const functionNames = [
  'tenants',
  'members',
  'me',
  'mfa-resets',
  'api-keys',
  'connections',
  'payments',
  'settlements',
  'ledger',
  'webhook-events',
  'audit-events',
  'security-policy',
  'platform-policy',
  'api-docs',
  'webhook-ingest',
  'webhook-processor',
  'webhook-redrive',
  'webhook-dead-letters',
  'payout-importer',
  'payment-sweeper',
  'projector',
  'audit-sequencer',
  'audit-sweep',
  'notifier',
  'sandbox-provider',
  'sandbox-webhooks',
  'pre-sign-up',
  'post-authentication',
  'platform-bootstrap',
  'platform-admins',
  'ledger-projector',
  'ledger-sweep',
  'rebuild-views',
  'rebuild-ledger',
] as const;

export type FunctionName = (typeof functionNames)[number];

/** The functions that serve routes of the REST API. */
export const serviceFunctionNames = [
  'tenants',
  'members',
  'me',
  'mfa-resets',
  'api-keys',
  'connections',
  'payments',
  'settlements',
  'ledger',
  'webhook-events',
  'audit-events',
  'security-policy',
  'platform-policy',
  'api-docs',
] as const satisfies readonly FunctionName[];

export type ServiceFunctionName = (typeof serviceFunctionNames)[number];
