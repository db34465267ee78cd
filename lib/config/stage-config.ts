import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** The stages that exist. A further one is a further entry of `stageConfigs`, nothing else. */
export type Stage = 'dev' | 'prod';

/**
 * Everything that differs between stages. The stacks read it and decide nothing by the stage's name, so what a stage
 * is can be read in one place.
 */
export interface StageConfig {
  stage: Stage;
  region: 'eu-central-1';
  /** Termination and deletion protection, and RETAIN on whatever holds data. */
  protected: boolean;
  /** The built-in payment provider with its own table, queue and functions. */
  sandbox: boolean;
  /**
   * Whose money moves: `live` takes live credentials of providers alone, `test` takes test credentials alone, so that neither can
   * be mistaken for the other.
   */
  providerMode: 'test' | 'live';
  /** Origins that browsers may call from. The first is the console's own: errors made by the gateway itself name it. */
  allowedOrigins: readonly [string, ...string[]];
  /** Where links in e-mails lead; no trailing slash. */
  consoleUrl: string;
  mailFrom: string;
  /** Sign-ups are confirmed and their e-mail taken as verified without a code. Never where real money moves. */
  autoConfirmSignUps: boolean;
  /** USER_PASSWORD_AUTH beside SRP, so that a shell script can sign in. */
  passwordSignIn: boolean;
  /** Cognito's Plus plan: risk-based checks and compromised-password detection, billed per active user. */
  threatProtection: boolean;
  idTokenMinutes: number;
  /** Compliance-mode retention of every object in the WORM bucket. Nobody can shorten it afterwards, root included. */
  wormRetentionDays: number;
  /** PCI DSS 10.5.1 asks for twelve months in production. */
  logRetention: RetentionDays;
  /** Deliveries of a webhook before it is dead. With the processor's backoff 12 spread over about a day. */
  webhooksMaxReceiveCount: number;
  /** Requests a second over all callers, and the burst above it; API Gateway answers 429 beyond. */
  apiThrottle: { ratePerSecond: number; burst: number };
  /**
   * Where the rate limiter of the API keeps its cells. `valkey` adds a serverless cache in a network of its own, with a NAT: it pays
   * from some hundred requests a second on.
   */
  rateLimitStore: 'dynamodb' | 'valkey';
  /** Requests per source IP in five minutes before the firewall blocks it. */
  firewallRequestsPerIp: number;
  /** Subscribed to the on-call topics at deployment; a pager's integration can be subscribed to the topic beside them. */
  oncallEmails: { critical: readonly string[]; warning: readonly string[] };
  /** Whether the account's concurrency limit is high enough to set some aside for the functions that must never starve. */
  reserveConcurrency: boolean;
}

const stageConfigs: Record<Stage, StageConfig> = {
  dev: {
    stage: 'dev',
    region: 'eu-central-1',
    protected: false,
    sandbox: true,
    providerMode: 'test',
    allowedOrigins: ['http://localhost:5173'],
    consoleUrl: 'http://localhost:5173',
    mailFrom: 'Countinghouse <no-reply@countinghouse.example>',
    autoConfirmSignUps: true,
    passwordSignIn: true,
    threatProtection: false,
    idTokenMinutes: 60,
    wormRetentionDays: 1,
    logRetention: RetentionDays.ONE_MONTH,
    webhooksMaxReceiveCount: 5,
    apiThrottle: { ratePerSecond: 50, burst: 100 },
    rateLimitStore: 'dynamodb',
    firewallRequestsPerIp: 2000,
    oncallEmails: { critical: [], warning: [] },
    // A new account is allowed ten concurrent executions in all and refuses to set any aside.
    reserveConcurrency: false,
  },
  prod: {
    stage: 'prod',
    region: 'eu-central-1',
    protected: true,
    sandbox: false,
    providerMode: 'live',
    allowedOrigins: ['https://console.countinghouse.example'],
    consoleUrl: 'https://console.countinghouse.example',
    mailFrom: 'Countinghouse <no-reply@countinghouse.example>',
    autoConfirmSignUps: false,
    passwordSignIn: false,
    threatProtection: true,
    idTokenMinutes: 15,
    // Seven years: the longest of the retention periods that payment records commonly fall under.
    wormRetentionDays: 2557,
    logRetention: RetentionDays.THIRTEEN_MONTHS,
    webhooksMaxReceiveCount: 12,
    apiThrottle: { ratePerSecond: 500, burst: 1000 },
    rateLimitStore: 'dynamodb',
    firewallRequestsPerIp: 1000,
    oncallEmails: { critical: [], warning: [] },
    reserveConcurrency: true,
  },
};

/**
 * The config of the stage named on the command line (`--context stage=prod`).
 * Throws on a name that is no stage, so that a typing error cannot deploy something unprotected.
 */
export function stageConfigFor(stage: unknown): StageConfig {
  if (stage === 'dev' || stage === 'prod') {
    return stageConfigs[stage];
  }
  throw new Error(`Unknown stage ${JSON.stringify(stage)}: use --context stage=dev or --context stage=prod`);
}
