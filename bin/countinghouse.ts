import { App } from 'aws-cdk-lib';

import { stageConfigFor } from '../lib/config/stage-config';
import { addChecks } from '../lib/stacks/checks';
import { addProduct } from '../lib/stacks/product';

const app = new App({ analyticsReporting: false });
addProduct(app, stageConfigFor(app.node.tryGetContext('stage') ?? 'dev'));
addChecks(app);
app.synth();
