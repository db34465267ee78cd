import { newDynamoJournal } from '../lambdas/adapters/dynamodb/dynamo-journal';
import { newProviderClients } from '../lambdas/adapters/providers/provider-clients';
import type { Provider } from '../lambdas/domain/providers/provider';
import type { CommandPorts } from '../lambdas/kernel/command';
import { newCommitIds } from '../lambdas/kernel/ids';
import type { Connected } from './cast';
import { providerUrl } from './cast';
import { AwsClients } from './cloud/aws-clients';
import { names } from './cloud/cloud';
import type { Cloud } from './cloud/cloud';
import type { Choices } from './choices';
import type { SimulatedProvider } from './provider';
import type { Actor, Ending, Scheduler } from './scheduler';
import type { Tampering } from './tampering';

/** What the instance of a function is built over. All of it speaks for whichever run the instance serves at the moment. */
export interface Surroundings {
  readonly clients: AwsClients;
  readonly ports: CommandPorts;
  readonly providerOf: (connected: Connected) => Provider;
}

export interface FunctionSpec<Input, Output> {
  readonly name: string;
  /** Its time limit: a run that takes longer is killed. */
  readonly limitMs: number;
  build(surroundings: Surroundings): (input: Input) => Promise<Output>;
}

/** Runs a function, in a warm instance if one is free. An instance that dies takes its memory with it. */
export type Invoke<Input, Output> = (run: string, input: Input, ending: Ending<Output>) => void;

export interface Functions {
  define<Input, Output>(spec: FunctionSpec<Input, Output>): Invoke<Input, Output>;
  /** After the history: its clients serve the next one. */
  close(): void;
}

interface Instance<Input, Output> {
  readonly clients: AwsClients;
  readonly handle: (input: Input) => Promise<Output>;
  serve(actor: Actor): void;
}

/** Sets of clients outlive histories: making one takes longer than a history. */
const freeClients: AwsClients[] = [];

export function newFunctions(world: {
  readonly scheduler: Scheduler;
  readonly cloud: Cloud;
  readonly provider: SimulatedProvider;
  readonly choices: Choices;
  readonly tampering: Tampering;
}): Functions {
  const { scheduler, cloud, provider, choices, tampering } = world;
  const living = new Set<AwsClients>();
  let built = 0;

  const build = <Input, Output>(spec: FunctionSpec<Input, Output>): Instance<Input, Output> => {
    built += 1;
    const clients = freeClients.pop() ?? new AwsClients();
    living.add(clients);
    let present: Actor | undefined;
    const actor = (): Actor => {
      if (present === undefined) throw new Error(`${spec.name} runs for nobody`);
      return present;
    };
    const randomness = choices.randomness(`instance-${String(built)}`);
    const { clock } = scheduler;
    const journal = newDynamoJournal({ client: clients.dynamodb, ...names });
    const ports: CommandPorts = {
      journal: tampering.journal?.(journal) ?? journal,
      clock,
      randomness,
      commitIds: newCommitIds(clock, randomness),
      sleep: (ms) => actor().sleep(ms),
    };
    const providerOf = ({ secret }: Connected): Provider => {
      const fetch: typeof globalThis.fetch = (input, init) => provider.fetchOf(actor())(input, init);
      const client = newProviderClients({ endpoints: { sandbox: providerUrl }, fetch }).of('sandbox', secret);
      return tampering.provider?.(client) ?? client;
    };
    return {
      clients,
      handle: spec.build({ clients, ports, providerOf }),
      serve: (next) => {
        present = next;
        clients.occupy({ actor: next, cloud, choices });
      },
    };
  };

  return {
    define: <Input, Output>(spec: FunctionSpec<Input, Output>): Invoke<Input, Output> => {
      const warm: Instance<Input, Output>[] = [];
      return (run, input, ending) => {
        const instance = warm.pop() ?? build(spec);
        const work = (actor: Actor): Promise<Output> => {
          instance.serve(actor);
          return instance.handle(input);
        };
        scheduler.start(run, spec.limitMs, work, {
          done: (value) => {
            warm.push(instance);
            ending.done(value);
          },
          died: () => {
            living.delete(instance.clients);
            freeClients.push(instance.clients);
            ending.died();
          },
          threw: (error) => {
            warm.push(instance);
            ending.threw(error);
          },
        });
      };
    },
    close: () => {
      freeClients.push(...living);
      living.clear();
    },
  };
}
