/** Readers for JSON whose shape nobody has checked yet: a wrong shape reads as empty, never throws. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** A map of strings to strings; other values are left out. */
export function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, each] of Object.entries(recordOf(value))) {
    if (typeof each === 'string') {
      texts[key] = each;
    }
  }
  return texts;
}

/** Parses a JSON object; anything else reads as an empty one. */
export function parseRecord(text: string | Buffer): JsonRecord {
  try {
    const value: unknown = JSON.parse(text.toString());
    return recordOf(value);
  } catch {
    return {};
  }
}
