/**
 * Removes what must never be stored or logged: card numbers, secrets, tokens, e-mail addresses. It is the last line of
 * defence behind allowlists: code that handles a secret must not hand it to a log or a commit in the first place.
 */

const mask = '[redacted]';

/** Names of fields whose values are secrets, whatever they look like. Compared in lower case without `-` and `_`. */
const secretNames = new Set([
  'password',
  'secret',
  'secretstring',
  'clientsecret',
  'webhooksecret',
  'apikey',
  'authorization',
  'cookie',
  'setcookie',
  'token',
  'idtoken',
  'accesstoken',
  'refreshtoken',
  'invitationtoken',
  'sessiontoken',
  'code',
  'otp',
  'totp',
  'seed',
  'otpauth',
  'otpauthuri',
  'recoverycode',
  'recoverycodes',
  'pan',
  'cardnumber',
  'number',
  'cvv',
  'cvc',
  'securitycode',
  'email',
  'emailaddress',
]);

/** 13 to 19 digits, single spaces or hyphens between them allowed: the length of a PAN [ISO/IEC 7812-1]. */
const panCandidate = /(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])/g;

const patterns: readonly RegExp[] = [
  // JSON Web Tokens: three base64url parts, the first a JSON object.
  /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g,
  /\bBearer\s+[\w.~+/-]+=*/gi,
  // Provider keys and webhook secrets by their published prefixes.
  /\b(?:sk|rk|pk)_(?:live|test|sandbox)_\w+/g,
  /\bwhsec_[\w+/=-]+/g,
  /\bre_[A-Za-z0-9]{8,}_[A-Za-z0-9]{8,}\b/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /otpauth:\/\/\S+/g,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
];

/** The text with card numbers (Luhn-tested), tokens, keys and e-mail addresses replaced by `[redacted]`. */
export function redactText(text: string): string {
  let result = text.replace(panCandidate, (candidate) => (passesLuhn(candidate) ? mask : candidate));
  for (const pattern of patterns) result = result.replace(pattern, mask);
  return result;
}

/** A JSON value with every string redacted and every field of a secret name masked. Cycles and depth over 12 are cut. */
export function redactJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth > 12) return mask;
  if (Array.isArray(value)) return value.map((item: unknown) => redactJson(item, depth + 1));
  if (value instanceof Date) return value.toISOString();
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => [
      name,
      isSecretName(name) && isScalarSecret(field) ? mask : redactJson(field, depth + 1),
    ]),
  );
}

export function isSecretName(name: string): boolean {
  return secretNames.has(name.toLowerCase().replace(/[-_]/g, ''));
}

/** The Luhn checksum [ISO/IEC 7812-1 annex B] over the digits of a text; spaces and hyphens are skipped. */
export function passesLuhn(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    let digit = Number(digits.charAt(digits.length - 1 - index));
    if (index % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** `ada@example.com` → `a***@example.com`: enough for a person to recognise an address that they know. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 1) return '***';
  return `${email.charAt(0)}***${email.slice(at)}`;
}

function isScalarSecret(field: unknown): boolean {
  return typeof field === 'string' || typeof field === 'number' || Array.isArray(field);
}
