import { randomBytes } from 'node:crypto';
import type { Principal } from './contract';

/** Credentials as the SDK takes them from the environment. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who holds an access key, and which worker it was first given to. */
export interface KeyHolder {
  readonly principal: Principal;
  readonly secretAccessKey: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the account root for admin. */
  readonly sessionArn: string;
  /** Access key of the worker behind an assumed role; its own for a worker. */
  readonly workerKeyId: string;
  /** An AWS service that acts for a resource, e.g. `cognito-idp.amazonaws.com` for a user pool: held to resource policies. */
  readonly service?: { readonly name: string; readonly sourceArn: string };
}

export interface Principals {
  readonly adminCredentials: LocalCredentials;
  issueForFunction(functionName: string, roleArn: string): LocalCredentials;
  issueForSession(
    caller: KeyHolder,
    roleArn: string,
    sessionName: string,
    sessionTags: Readonly<Record<string, string>>,
  ): LocalCredentials;
  /** For a service that calls others in its own name, as Cognito calls its triggers. */
  issueForService(name: string, sourceArn: string): LocalCredentials;
  holderOf(accessKeyId: string): KeyHolder | undefined;
  revoke(accessKeyId: string): void;
}

export function newPrincipals(accountId: string): Principals {
  const holders = new Map<string, KeyHolder>();
  // Fixed, so that the command lines printed at start keep working after a restart.
  const adminCredentials: LocalCredentials = {
    accessKeyId: 'AKIALOCALADMIN000000',
    secretAccessKey: 'local-admin-secret',
  };
  const admin: KeyHolder = {
    principal: { kind: 'admin', roleArn: `arn:aws:iam::${accountId}:root`, sessionTags: {} },
    secretAccessKey: adminCredentials.secretAccessKey,
    sessionArn: `arn:aws:iam::${accountId}:root`,
    workerKeyId: adminCredentials.accessKeyId,
  };
  holders.set(adminCredentials.accessKeyId, admin);

  const issue = (principal: Principal, sessionName: string, workerKeyId?: string): LocalCredentials => {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const secretAccessKey = randomBytes(30).toString('base64');
    const roleName = principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1);
    holders.set(accessKeyId, {
      principal,
      secretAccessKey,
      sessionArn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
      workerKeyId: workerKeyId ?? accessKeyId,
    });
    return { accessKeyId, secretAccessKey, sessionToken: randomBytes(48).toString('base64') };
  };

  return {
    adminCredentials,
    issueForFunction: (functionName, roleArn) =>
      issue({ kind: 'role', roleArn, sessionTags: {}, functionName }, functionName),
    issueForSession(caller, roleArn, sessionName, sessionTags) {
      const { functionName } = caller.principal;
      return issue(
        { kind: 'role', roleArn, sessionTags, ...(functionName === undefined ? {} : { functionName }) },
        sessionName,
        caller.workerKeyId,
      );
    },
    issueForService(name, sourceArn) {
      const { principal } = admin;
      const accessKeyId = `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
      const secretAccessKey = randomBytes(30).toString('base64');
      holders.set(accessKeyId, {
        principal,
        secretAccessKey,
        sessionArn: name,
        workerKeyId: accessKeyId,
        service: { name, sourceArn },
      });
      return { accessKeyId, secretAccessKey };
    },
    holderOf: (accessKeyId) => holders.get(accessKeyId),
    revoke(accessKeyId) {
      for (const [id, holder] of holders) {
        if (holder.workerKeyId === accessKeyId && holder.principal.kind === 'role') {
          holders.delete(id);
        }
      }
    },
  };
}
