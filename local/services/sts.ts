import type { AwsReply } from '../front-door/contract';
import { sessionTagsOf } from '../front-door/grants/services';
import type { KeyHolder, Principals } from '../front-door/principals';
import { AwsFault, element, xmlReply } from '../front-door/wire';
import type { Home } from './state';

/** Answers AssumeRole and GetCallerIdentity; both policies of an AssumeRole were evaluated before. */
export function answerSts(
  action: string,
  form: URLSearchParams,
  caller: KeyHolder,
  principals: Principals,
  home: Home,
): AwsReply {
  if (action === 'GetCallerIdentity') {
    return stsReply(
      action,
      element('Arn', caller.sessionArn) + element('UserId', caller.workerKeyId) + element('Account', home.accountId),
    );
  }
  if (action !== 'AssumeRole') {
    throw new AwsFault('InvalidAction', `The action ${action} is not offered by the local STS.`);
  }
  const roleArn = form.get('RoleArn') ?? '';
  const sessionName = form.get('RoleSessionName') ?? '';
  // [STS/latest/APIReference/API_AssumeRole.html]: RoleSessionName is 2 to 64 of these characters.
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw new AwsFault(
      'ValidationError',
      `1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint`,
    );
  }
  const durationSeconds = Number(form.get('DurationSeconds') ?? 3600);
  // Role chaining is limited to one hour [IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining].
  if (!(durationSeconds >= 900 && durationSeconds <= (caller.principal.kind === 'role' ? 3600 : 43_200))) {
    throw new AwsFault(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  const tags = sessionTagsOf(form);
  // [STS/latest/APIReference/API_Tag.html]: no wildcard can be in a tag.
  if (
    Object.entries(tags).some(([name, value]) => name === '' || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(name + value))
  ) {
    throw new AwsFault('ValidationError', `1 validation error detected: Value at 'tags' failed to satisfy constraint`);
  }
  const issued = principals.issueForSession(caller, roleArn, sessionName, tags);
  const expiration = new Date(Date.now() + durationSeconds * 1000).toISOString();
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return stsReply(
    action,
    `<Credentials>${element('AccessKeyId', issued.accessKeyId)}${element('SecretAccessKey', issued.secretAccessKey)}` +
      `${element('SessionToken', issued.sessionToken)}${element('Expiration', expiration)}</Credentials>` +
      `<AssumedRoleUser>${element('AssumedRoleId', `AROALOCAL:${sessionName}`)}` +
      `${element('Arn', `arn:aws:sts::${home.accountId}:assumed-role/${roleName}/${sessionName}`)}</AssumedRoleUser>`,
  );
}

function stsReply(action: string, result: string): AwsReply {
  return xmlReply(
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${action}Response>`,
    200,
    { 'content-type': 'text/xml' },
  );
}
