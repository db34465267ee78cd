import * as z from 'zod';

import type { PreSignUpDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** [https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html] */
const preSignUpEvent = z.looseObject({
  request: z.looseObject({ userAttributes: z.record(z.string(), z.unknown()) }),
  response: z.looseObject({}).nullish(),
});

/**
 * Cognito's pre-sign-up trigger: outside production it confirms the user and verifies the e-mail address; in production it
 * changes nothing, so Cognito asks for the code that it has mailed.
 */
export function newPreSignUp({ autoConfirm }: PreSignUpDependencies): (event: unknown) => Promise<object> {
  return async (event) => {
    const signUp = preSignUpEvent.parse(event);
    if (!autoConfirm) return signUp;
    const hasEmail = typeof signUp.request.userAttributes.email === 'string';
    return { ...signUp, response: { ...signUp.response, autoConfirmUser: true, autoVerifyEmail: hasEmail } };
  };
}

export const handler = newPreSignUp(bindDependencies());
