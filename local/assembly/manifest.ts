import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { asObject, asString, isObject, listOf, parseJson, type JsonObject } from './json';

/** One stack of a synthesized assembly, in an order in which every stack follows those it depends on. */
export interface StackArtifact {
  readonly stackName: string;
  readonly template: JsonObject;
  /** Parameter values that CDK wrote in the manifest beside the template. */
  readonly parameters: JsonObject;
  /** Directory of an unpacked file asset by the S3 object key that the template names. */
  assetPath(objectKey: string): string | undefined;
}

/**
 * Reads `cdk.out` as the CDK CLI does: the manifest, the template of each stack and its asset manifest
 * (cloud assembly schema: `aws:cloudformation:stack`, `cdk:asset-manifest`; stages are nested assemblies).
 */
export function readAssembly(directory: string): StackArtifact[] {
  const manifestFile = join(directory, 'manifest.json');
  if (!existsSync(manifestFile)) throw new Error(`${directory} is not a cloud assembly: manifest.json is missing`);
  const manifest = asObject(parseJson(readFileSync(manifestFile, 'utf8')), manifestFile);
  const artifacts = new Map(
    Object.entries(asObject(manifest['artifacts'], `${manifestFile} artifacts`)).map(([id, artifact]) => [
      id,
      asObject(artifact, `artifact ${id}`),
    ]),
  );

  const ordered: StackArtifact[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const artifact = artifacts.get(id);
    if (artifact === undefined || seen.has(id)) return;
    seen.add(id);
    listOf(artifact['dependencies'], asString, `${id} dependencies`).forEach(visit);
    if (artifact['type'] === 'aws:cloudformation:stack') ordered.push(readStack(directory, id, artifact, artifacts));
    if (artifact['type'] === 'cdk:cloud-assembly') {
      const properties = asObject(artifact['properties'], `${id} properties`);
      ordered.push(...readAssembly(join(directory, asString(properties['directoryName'], `${id} directoryName`))));
    }
  };
  [...artifacts.keys()].forEach(visit);
  return ordered;
}

function readStack(
  directory: string,
  id: string,
  artifact: JsonObject,
  artifacts: ReadonlyMap<string, JsonObject>,
): StackArtifact {
  const properties = asObject(artifact['properties'], `${id} properties`);
  const templateFile = asString(properties['templateFile'], `${id} templateFile`);
  const assets = new Map<string, string>();
  for (const dependency of listOf(artifact['dependencies'], asString, `${id} dependencies`)) {
    const manifest = artifacts.get(dependency);
    if (manifest?.['type'] !== 'cdk:asset-manifest') continue;
    const file = asString(asObject(manifest['properties'], dependency)['file'], `${dependency} file`);
    for (const [key, path] of readAssets(directory, file)) assets.set(key, path);
  }
  return {
    stackName: typeof properties['stackName'] === 'string' ? properties['stackName'] : id,
    template: asObject(parseJson(readFileSync(join(directory, templateFile), 'utf8')), templateFile),
    parameters: isObject(properties['parameters']) ? properties['parameters'] : {},
    assetPath: (objectKey) => assets.get(objectKey),
  };
}

function readAssets(directory: string, file: string): [string, string][] {
  const manifest = asObject(parseJson(readFileSync(join(directory, file), 'utf8')), file);
  const files = isObject(manifest['files']) ? manifest['files'] : {};
  return Object.entries(files).flatMap(([hash, value]) => {
    const asset = asObject(value, `asset ${hash}`);
    const source = asObject(asset['source'], `asset ${hash} source`);
    // An asset built by an external command has no path, and none of ours is.
    if (typeof source['path'] !== 'string') return [];
    const path = join(directory, source['path']);
    return Object.values(asObject(asset['destinations'], `asset ${hash} destinations`)).map(
      (destination): [string, string] => [
        asString(asObject(destination, `asset ${hash} destination`)['objectKey'], `asset ${hash} objectKey`),
        path,
      ],
    );
  });
}
