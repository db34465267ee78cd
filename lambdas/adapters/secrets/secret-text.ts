import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';

import type { Clock } from '../../kernel/clock';

export interface SecretTextDependencies {
  readonly client: SecretsManagerClient;
  readonly secretArn: string;
  readonly clock: Clock;
}

const cachedMs = 5 * 60_000;

/** Reads a secret that is one text (the cursor secret, the mail service's key): cached, concurrent first reads share one call. */
export function newSecretText({ client, secretArn, clock }: SecretTextDependencies): () => Promise<string> {
  let cached: { readonly text: Promise<string>; readonly untilMs: number } | undefined;
  const read = async (): Promise<string> => {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (answer.SecretString === undefined) throw new Error('the secret holds no text');
    return answer.SecretString;
  };
  return () => {
    const nowMs = clock.now().getTime();
    if (cached === undefined || cached.untilMs <= nowMs) {
      const text = read();
      const entry = { text, untilMs: nowMs + cachedMs };
      cached = entry;
      // A failure is not remembered; whoever awaits the text sees it.
      text.catch(() => {
        if (cached === entry) cached = undefined;
      });
    }
    return cached.text;
  };
}
