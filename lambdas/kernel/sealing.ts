/** What a sealed text is bound to: it opens only under the very same context. All values are ids, none is secret. */
export type SealingContext = Readonly<Record<string, string>>;

/** Encrypts small secrets and personal data (up to 4 KB) under a managed key, bound to a context [KMS encryption context]. */
export interface Sealer {
  /** Base64 ciphertext, safe to store. */
  seal(plaintext: string, context: SealingContext): Promise<string>;
  /** Throws when the context differs or the text was altered. */
  open(sealed: string, context: SealingContext): Promise<string>;
}

/** A keyed code over a text, by a key that never leaves the key service: invitation tokens, hashes of e-mail addresses. */
export interface KeyedMac {
  /** 32 bytes as base64url. */
  mac(text: string): Promise<string>;
  /** Whether `mac` is the code of `text`; constant time, in the key service. */
  verify(text: string, mac: string): Promise<boolean>;
}
