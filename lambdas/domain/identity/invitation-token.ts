import { isId } from '../../kernel/ids';
import type { KeyedMac } from '../../kernel/sealing';

/**
 * The secret of an invitation: `<tenantId>.<invitationId>.<code>`, where the code is a MAC by a key that never leaves the key
 * service. It is made anew whenever the e-mail is sent; nothing of it is stored anywhere.
 */
export async function invitationToken(tenant: string, invitationId: string, macs: KeyedMac): Promise<string> {
  return `${tenant}.${invitationId}.${await macs.mac(tokenMacText(tenant, invitationId))}`;
}

/** The invitation that a token is for; undefined when it is not genuine. Nothing of a tenant is touched before this. */
export async function readInvitationToken(
  token: string,
  macs: KeyedMac,
): Promise<{ readonly tenant: string; readonly invitationId: string } | undefined> {
  const [tenant = '', invitationId = '', code = '', ...rest] = token.split('.');
  if (rest.length > 0 || !isId('tenant', tenant) || !isId('invitation', invitationId)) return undefined;
  return (await macs.verify(tokenMacText(tenant, invitationId), code)) ? { tenant, invitationId } : undefined;
}

function tokenMacText(tenant: string, invitationId: string): string {
  return `invitation-token\n${tenant}\n${invitationId}`;
}
