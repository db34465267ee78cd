import { isId } from '../../kernel/ids';
import type { KeyedMac } from '../../kernel/sealing';

/** An invitation as one of its mails offers it: sent again, it is another issue. */
export interface IssuedInvitation {
  readonly tenant: string;
  readonly invitationId: string;
  readonly issue: number;
}

/**
 * The secret of an invitation: `<tenantId>.<invitationId>.<issue>-<code>`, where the code is a MAC by a key that never leaves the
 * key service. It is made anew whenever the e-mail is sent; nothing of it is stored anywhere.
 */
export async function invitationToken(issued: IssuedInvitation, macs: KeyedMac): Promise<string> {
  const { tenant, invitationId, issue } = issued;
  return `${tenant}.${invitationId}.${String(issue)}-${await macs.mac(tokenMacText(issued))}`;
}

/** The invitation that a token is for; undefined when it is not genuine. Nothing of a tenant is touched before this. */
export async function readInvitationToken(
  token: string,
  macs: Pick<KeyedMac, 'verify'>,
): Promise<IssuedInvitation | undefined> {
  const [tenant = '', invitationId = '', secret = '', ...rest] = token.split('.');
  const [, digits = '', code = ''] = /^([1-9]\d{0,5})-([\w-]+)$/.exec(secret) ?? [];
  if (rest.length > 0 || !isId('tenant', tenant) || !isId('invitation', invitationId) || code === '') return undefined;
  const issued = { tenant, invitationId, issue: Number(digits) };
  return (await macs.verify(tokenMacText(issued), code)) ? issued : undefined;
}

function tokenMacText({ tenant, invitationId, issue }: IssuedInvitation): string {
  return `invitation-token\n${tenant}\n${invitationId}\n${String(issue)}`;
}
