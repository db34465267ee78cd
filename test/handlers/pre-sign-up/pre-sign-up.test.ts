import '../../support/function-env';

import { newPreSignUp } from '../../../lambdas/handlers/pre-sign-up/handler';

const aSignUp = (userAttributes: Record<string, string> = { email: 'ada@example.com' }) => ({
  version: '1',
  triggerSource: 'PreSignUp_SignUp',
  userPoolId: 'eu-central-1_pool',
  userName: 'ada',
  request: { userAttributes, validationData: null },
  response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
});

test('outside production a sign-up is confirmed and its address verified', async () => {
  expect(await newPreSignUp({ autoConfirm: true })(aSignUp())).toEqual({
    ...aSignUp(),
    response: { autoConfirmUser: true, autoVerifyEmail: true, autoVerifyPhone: false },
  });
});

test('an address that was not given is not verified', async () => {
  expect(await newPreSignUp({ autoConfirm: true })(aSignUp({}))).toMatchObject({
    response: { autoConfirmUser: true, autoVerifyEmail: false },
  });
});

test('in production the sign-up goes through unchanged: Cognito mails a code', async () => {
  expect(await newPreSignUp({ autoConfirm: false })(aSignUp())).toEqual(aSignUp());
});

test('another event is refused', async () => {
  await expect(newPreSignUp({ autoConfirm: true })({ Records: [] })).rejects.toThrow();
});
