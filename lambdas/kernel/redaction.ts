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

/** A run of digits, single spaces or hyphens between them allowed; a UUID is taken whole, so that it is left alone. */
const digitRuns = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\d(?:[ -]?\d){12,}/gi;

const patterns: readonly RegExp[] = [
  // JSON Web Tokens: three base64url parts, the first a JSON object.
  // Headers are short; the bound keeps the search linear.
  /eyJ[\w-]{5,600}\.[\w-]+\.[\w-]*/g,
  /\bBearer\s+[\w.~+/-]+=*/gi,
  // Our own: API keys of tenants' servers, tokens of invitations, recovery codes.
  /(?<![A-Za-z0-9])chk_[0-9a-z]{20}_[0-9a-z]{20}_[\w-]+/gi,
  /(?<![A-Za-z0-9])ten_[0-9a-z]{20}\.inv_[0-9a-z]{20}\.[\w-]+/gi,
  /(?<![A-Za-z0-9-])[0-9a-z]{6}(?:-[0-9a-z]{6}){3}(?![A-Za-z0-9-])/gi,
  // Provider keys and webhook secrets by their published prefixes.
  /\b(?:sk|rk|pk)_(?:live|test|sandbox)_\w+/g,
  /whsec_[\w+/=-]+/g,
  /\bre_[A-Za-z0-9]{8,}_[A-Za-z0-9]{8,}\b/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /otpauth:\/\/\S+/g,
  // The look-behind lets a search begin only where a word does, so it stays linear.
  /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
];

/** The text with card numbers (Luhn-tested), tokens, keys and e-mail addresses replaced by `[redacted]`. */
export function redactText(text: string): string {
  let result = text.replace(digitRuns, (run: string, offset: number) =>
    isUuid(run) ? run : redactRun(run, isLetter(text.charAt(offset - 1)), isLetter(text.charAt(offset + run.length))),
  );
  for (const pattern of patterns) result = result.replace(pattern, mask);
  return result;
}

/** A JSON value with every string redacted and every field of a secret name masked. Cycles and depth over 12 are cut. */
export function redactJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') return isPanNumber(value) ? mask : value;
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
    let digit = digits.charCodeAt(digits.length - 1 - index) - 48;
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

/**
 * A run with every card number in it masked: 13 to 19 digits [ISO/IEC 7812-1] that begin and end where a group of the run does,
 * so that a number beside another one is seen, too. Glued to a letter, only the lengths and first digits of the card brands
 * count: hashes and ids hold runs of digits as well.
 */
function redactRun(run: string, afterLetter: boolean, beforeLetter: boolean): string {
  const digits = run.replace(/\D/g, '');
  let counted = 0;
  const groups = [...run.matchAll(/\d+/g)].map(({ 0: text, index }) => {
    counted += text.length;
    return { from: index, to: index + text.length, digitsFrom: counted - text.length, digitsTo: counted };
  });
  const isPan = (first: (typeof groups)[number], last: (typeof groups)[number]): boolean => {
    const length = last.digitsTo - first.digitsFrom;
    if (length < 13 || length > 19) return false;
    const candidate = digits.slice(first.digitsFrom, last.digitsTo);
    const glued = (afterLetter && first.from === 0) || (beforeLetter && last.to === run.length);
    return passesLuhn(candidate) && (!glued || /^[2-6]\d{14,15}$/.test(candidate));
  };
  let result = '';
  let done = 0;
  for (const [index, first] of groups.entries()) {
    if (first.from < done) continue;
    // Nineteen digits span at most nineteen groups. The longest counts: a shorter one may pass the check by chance.
    const last = groups.slice(index, index + 19).findLast((each) => isPan(first, each));
    if (last === undefined) continue;
    result += run.slice(done, first.from) + mask;
    done = last.to;
  }
  return result + run.slice(done);
}

/** A card number stored as a number. Those that begin with 1 are times in milliseconds, far more often than airline cards. */
function isPanNumber(value: number): boolean {
  const digits = String(value);
  return /^[2-9]\d{12,18}$/.test(digits) && passesLuhn(digits);
}

function isUuid(text: string): boolean {
  return text.length === 36 && text.charAt(8) === '-' && text.charAt(23) === '-' && /[0-9a-f]{12}$/i.test(text);
}

function isLetter(character: string): boolean {
  return /^[A-Za-z]$/.test(character);
}

function isScalarSecret(field: unknown): boolean {
  return typeof field === 'string' || typeof field === 'number' || Array.isArray(field);
}
