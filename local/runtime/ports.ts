import { createServer } from 'node:net';

import { freePort } from '../services/child';

/** The ports from the first on, each checked to be free; any free ones from 0 on. */
export function portsFrom(first: number): () => Promise<number> {
  let next = first;
  const given = new Set<number>();
  return async () => {
    if (first === 0) return anotherFreePort(given);
    const port = next;
    next += 1;
    if (await isTaken(port)) {
      throw new Error(
        `Port ${port} is taken by another program. The local cloud uses PORT (now ${first}) and the ones after it: set PORT to another number.`,
      );
    }
    return port;
  };
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
  });
}

/** A port is free again as soon as it was found, so the same one can be found twice. */
async function anotherFreePort(given: Set<number>): Promise<number> {
  const port = await freePort();
  if (given.has(port)) return anotherFreePort(given);
  given.add(port);
  return port;
}
