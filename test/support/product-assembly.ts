import { synthesize } from '../../local/synth';

/** Directory of the product's synthesized `dev` stage, made unless it is there and fresh. COUNTINGHOUSE_ASSEMBLY names another one. */
export function productAssembly(): Promise<string> {
  const given = process.env['COUNTINGHOUSE_ASSEMBLY'];
  return given === undefined
    ? synthesize({ projectDir: process.cwd(), cacheDir: '.countinghouse' })
    : Promise.resolve(given);
}
