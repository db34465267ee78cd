import type { AttributeType, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';

import { normaliseEmail } from '../../domain/identity';
import type { Directory } from '../../domain/identity/ports';

export interface CognitoDirectoryDependencies {
  readonly client: CognitoIdentityProviderClient;
  readonly userPoolId: string;
}

/** The directory of users: a Cognito user pool. */
export function newCognitoDirectory({ client, userPoolId }: CognitoDirectoryDependencies): Directory {
  return {
    findUserByEmail: async (email) => {
      const answer = await client.send(
        new ListUsersCommand({ UserPoolId: userPoolId, Filter: `email = "${quoted(email)}"`, Limit: 10 }),
      );
      const users = (answer.Users ?? []).filter(
        ({ Enabled, UserStatus, Attributes }) =>
          Enabled !== false &&
          UserStatus === 'CONFIRMED' &&
          valueOf(Attributes, 'email_verified') === 'true' &&
          normaliseEmail(valueOf(Attributes, 'email') ?? '') === normaliseEmail(email),
      );
      const [user, ...others] = users;
      if (others.length > 0) throw new Error('several users have this e-mail address');
      return valueOf(user?.Attributes, 'sub');
    },
  };
}

/** [Cognito ListUsers: quotation marks in a filter are escaped by a backslash] */
export function quoted(text: string): string {
  return text.replace(/[\\"]/g, (mark) => `\\${mark}`);
}

export function valueOf(attributes: readonly AttributeType[] | undefined, name: string): string | undefined {
  return attributes?.find(({ Name }) => Name === name)?.Value;
}
