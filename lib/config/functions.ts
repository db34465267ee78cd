import type { FunctionName } from '../../lambdas/env';
import type { FunctionSpec } from './function-spec';
import { pipelineFunctions } from './pipeline-functions';
import { serviceFunctions } from './service-functions';

/** Every function of the product: what it is given and what it may do. */
export const functions: Record<FunctionName, FunctionSpec> = { ...serviceFunctions, ...pipelineFunctions };
