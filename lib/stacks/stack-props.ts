import type { StackProps } from 'aws-cdk-lib';

import { type StackName, stackNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';

/** What every stack has: its name, the stage's region and protection, and tags that a bill can be split by. The account is the caller's. */
export const stackProps = (config: StageConfig, name: StackName): StackProps => ({
  stackName: stackNameOf(config, name),
  description: `Countinghouse ${config.stage}: ${name}`,
  env: { region: config.region },
  terminationProtection: config.protected,
  tags: { product: 'countinghouse', stage: config.stage },
});
