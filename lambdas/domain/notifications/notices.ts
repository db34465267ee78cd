/** What a notice says: plain words, no secret. `host` is the tenant's name, `about` the id of what it is about. */
export interface Notice {
  /** Why it is sent to whom it is: it decides what the reader is advised to do. */
  readonly cause: 'own-act' | 'by-a-superior' | 'in-the-tenant';
  readonly subject: (host: string) => string;
  readonly what: (host: string, about: string) => string;
}

/** Everything that people are told of without having asked. */
export const notices = {
  'factor-added': {
    cause: 'own-act',
    subject: () => 'A second factor was added to your account',
    what: () => 'A second factor was added to your Countinghouse account. It can be used from now on.',
  },
  'factor-removed': {
    cause: 'own-act',
    subject: () => 'A second factor was removed from your account',
    what: () => 'A second factor was removed from your Countinghouse account. It can no longer be used.',
  },
  'recovery-codes-made': {
    cause: 'own-act',
    subject: () => 'You have new recovery codes',
    what: () => 'New recovery codes were made for your Countinghouse account. Earlier ones no longer work.',
  },
  'recovery-code-used': {
    cause: 'own-act',
    subject: () => 'A recovery code of your account was used',
    what: () =>
      'A recovery code was used in place of your second factor. It does not work again. Make new codes before the last one is gone.',
  },

  'second-factors-reset': {
    cause: 'by-a-superior',
    subject: () => 'Your second factors were reset',
    what: () =>
      'Somebody above you reset your second factors. Your authenticator apps, passkeys and recovery codes no longer work: enrol a new one when you next sign in.',
  },
  'role-changed': {
    cause: 'by-a-superior',
    subject: (host) => `Your role in ${host} has changed`,
    what: (host) =>
      `Your role or your permissions in ${host} were changed. What you may do there now, you see when you sign in.`,
  },
  'member-suspended': {
    cause: 'by-a-superior',
    subject: (host) => `Your access to ${host} is suspended`,
    what: (host) =>
      `Your membership in ${host} was suspended. Until it is lifted, you can neither see nor do anything there.`,
  },
  'member-reactivated': {
    cause: 'by-a-superior',
    subject: (host) => `Your access to ${host} is restored`,
    what: (host) => `The suspension of your membership in ${host} was lifted.`,
  },
  'member-removed': {
    cause: 'by-a-superior',
    subject: (host) => `You no longer belong to ${host}`,
    what: (host) => `Your membership in ${host} has ended. You can neither see nor do anything there.`,
  },
  'ownership-offered': {
    cause: 'by-a-superior',
    subject: (host) => `You are offered the ownership of ${host}`,
    what: (host) =>
      `An Owner of ${host} offers to hand it over to you. Nothing changes unless you accept it, signed in and with your second factor.`,
  },
  'owner-made': {
    cause: 'by-a-superior',
    subject: (host) => `You are an Owner of ${host}`,
    what: (host) => `You are an Owner of ${host} now, with the permissions that were handed over to you.`,
  },

  'super-admin-appointed': {
    cause: 'by-a-superior',
    subject: () => 'You are a Super Admin of Countinghouse',
    what: () =>
      'You were made a Super Admin of Countinghouse. Enrol a second factor: nothing can be changed without one.',
  },
  'super-admin-removed': {
    cause: 'by-a-superior',
    subject: () => 'You are no longer a Super Admin of Countinghouse',
    what: () => 'Your standing as a Super Admin of Countinghouse has ended.',
  },
  'glass-broken': {
    cause: 'in-the-tenant',
    subject: (host) => `A Super Admin has emergency access to ${host}`,
    what: (host) =>
      `A Super Admin of Countinghouse opened emergency access to ${host}. It ends by itself after an hour at the latest. The reason they gave and everything they do is in your audit log.`,
  },
  'glass-closed': {
    cause: 'in-the-tenant',
    subject: (host) => `The emergency access to ${host} has ended`,
    what: (host) => `The emergency access of a Super Admin to ${host} was closed. What they did is in your audit log.`,
  },
  'addresses-reset': {
    cause: 'in-the-tenant',
    subject: (host) => `The allowed addresses of ${host} were taken back`,
    what: (host) =>
      `A Super Admin of Countinghouse took back the list of addresses from which people may come to ${host}. They may come from anywhere that the platform allows until an Owner sets a new list. The reason is in your audit log.`,
  },
  'api-key-issued': {
    cause: 'in-the-tenant',
    subject: (host) => `A new API key for ${host}`,
    what: (host, about) => `The API key ${about} was issued for ${host}. Servers that hold it act in its name.`,
  },
  'api-key-rotated': {
    cause: 'in-the-tenant',
    subject: (host) => `An API key of ${host} was rotated`,
    what: (host, about) =>
      `The API key ${about} of ${host} was given a new secret. The earlier one ends after the overlap.`,
  },
  'api-key-revoked': {
    cause: 'in-the-tenant',
    subject: (host) => `An API key of ${host} was revoked`,
    what: (host, about) => `The API key ${about} of ${host} was revoked. No server can use it any more.`,
  },
} as const satisfies Readonly<Record<string, Notice>>;

export type NoticeName = keyof typeof notices;

export function isNoticeName(text: string): text is NoticeName {
  return Object.hasOwn(notices, text);
}

/** What to do if it was not you, or should not be. */
export const advice: Readonly<Record<Notice['cause'], string>> = {
  'own-act':
    'If this was you, there is nothing to do. If not, somebody else may be in your account: change your password at once, ' +
    'which ends every session, and ask an Owner of your tenant to reset your second factors.',
  'by-a-superior':
    'If you expected this, there is nothing to do. If not, ask an Owner of the tenant, and do not follow anybody who offers to help by mail or telephone.',
  'in-the-tenant':
    'If you know of it, there is nothing to do. If not, look at the audit log of your tenant, revoke or remove what should not be there, and tell us.',
};
