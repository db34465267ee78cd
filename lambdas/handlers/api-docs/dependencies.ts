import { bindPublicService } from '../service-dependencies';
import type { ServiceDeps } from '../../middleware/ports';
import { readConfig } from './config';

export type ApiDocsDependencies = ServiceDeps;

export function bindDependencies(): ApiDocsDependencies {
  return bindPublicService(readConfig());
}
