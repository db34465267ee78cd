import { ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';

import type { Addresses } from '../../domain/notifications';
import type { CognitoDirectoryDependencies } from './cognito-directory';
import { quoted, valueOf } from './cognito-directory';

/** E-mail addresses of users by subject id: a Cognito user pool. A disabled user is written to as well: it may be news to them. */
export function newCognitoAddresses({ client, userPoolId }: CognitoDirectoryDependencies): Addresses {
  return {
    addressOf: async (userId) => {
      const answer = await client.send(
        new ListUsersCommand({ UserPoolId: userPoolId, Filter: `sub = "${quoted(userId)}"`, Limit: 2 }),
      );
      const [user, ...others] = answer.Users ?? [];
      if (others.length > 0) throw new Error('several users have this subject id');
      if (valueOf(user?.Attributes, 'sub') !== userId) return undefined;
      return valueOf(user?.Attributes, 'email_verified') === 'true' ? valueOf(user?.Attributes, 'email') : undefined;
    },
  };
}
