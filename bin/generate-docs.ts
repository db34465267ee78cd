import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { generatedDocs } from './generated-docs';

for (const [path, text] of generatedDocs()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
