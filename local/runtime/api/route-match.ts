import type { ApiMethod } from './rest-api-model';

export interface Match {
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the method of a path: literal segments win over `{parameters}`, those over `{proxy+}`; `ANY` serves what no other method does. */
export function findMethod(methods: readonly ApiMethod[], httpMethod: string, path: string): Match | undefined {
  const candidates = methods.flatMap((method) => {
    const pathParameters = matchPath(method.resourcePath, path);
    return pathParameters === undefined ? [] : [{ method, pathParameters }];
  });
  const [best] = candidates.sort((left, right) =>
    rank(left.method.resourcePath) < rank(right.method.resourcePath) ? -1 : 1,
  );
  if (best === undefined) return undefined;
  const ofResource = candidates.filter(({ method }) => method.resourcePath === best.method.resourcePath);
  return (
    ofResource.find(({ method }) => method.httpMethod === httpMethod) ??
    ofResource.find(({ method }) => method.httpMethod === 'ANY')
  );
}

function matchPath(resourcePath: string, path: string): Record<string, string> | undefined {
  const pattern = segments(resourcePath);
  const actual = segments(path);
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const greedy = /^\{(.+)\+\}$/.exec(part)?.[1];
    if (greedy !== undefined) {
      if (index >= actual.length) return undefined;
      parameters[greedy] = actual.slice(index).map(decode).join('/');
      return parameters;
    }
    const segment = actual[index];
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (segment === undefined || segment === '') return undefined;
    if (name !== undefined) parameters[name] = decode(segment);
    else if (segment !== part) return undefined;
  }
  return pattern.length === actual.length ? parameters : undefined;
}

function segments(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** Sorts literal before parameter before greedy, segment by segment. */
function rank(resourcePath: string): string {
  return segments(resourcePath)
    .map((part) => (part.endsWith('+}') ? '2' : part.startsWith('{') ? '1' : '0'))
    .join('');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
