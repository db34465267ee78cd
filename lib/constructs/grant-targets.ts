import type { EnvName, GrantTargetName } from '../config/function-spec';

/** The service through which a key is used when the thing it encrypts is used. */
type EncryptingService = 'dynamodb' | 'sqs' | 's3' | 'secretsmanager';

/** What a grant's target is in AWS. */
export interface GrantTarget {
  arn: string;
  /** The customer key that encrypts it; absent where the target is itself a key, or holds nothing. */
  encryption?: { keyArn: string; service: EncryptingService };
  /** Given when `arn` ends in a wildcard: why no narrower name is known at deployment. */
  wildcardReason?: string;
}

/**
 * What the stacks built so far offer to functions: grant targets by name, and values of environment variables.
 * Each stack adds its own part and hands the whole on; a function that asks for more than is there fails to build.
 */
export class Offer {
  constructor(
    private readonly targets: Partial<Record<GrantTargetName, GrantTarget>>,
    private readonly values: Partial<Record<EnvName, string>>,
  ) {}

  with(targets: Partial<Record<GrantTargetName, GrantTarget>>, values: Partial<Record<EnvName, string>> = {}): Offer {
    return new Offer({ ...this.targets, ...targets }, { ...this.values, ...values });
  }

  target(name: GrantTargetName): GrantTarget {
    const target = this.targets[name];
    if (target === undefined) {
      throw new Error(`Nothing offers the grant target "${name}" yet: build its stack earlier or add it to the offer`);
    }
    return target;
  }

  value(name: EnvName): string {
    const value = this.values[name];
    if (value === undefined) {
      throw new Error(
        `Nothing offers a value for the variable "${name}" yet: build its stack earlier or add it to the offer`,
      );
    }
    return value;
  }

  /** For variables that only some stages have, such as the sandbox's address. */
  optionalValue(name: EnvName): string | undefined {
    return this.values[name];
  }
}
