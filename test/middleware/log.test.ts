import { errorFields, newAllowlistedLog } from '../../lambdas/middleware/log';

function aLog() {
  const lines: { message: string; fields: object }[] = [];
  const write = (message: string, fields: object): void => {
    lines.push({ message, fields });
  };
  return { lines, log: newAllowlistedLog({ info: write, warn: write, error: write }) };
}

describe('the log', () => {
  test('writes the fields that it knows and drops every other', () => {
    const { lines, log } = aLog();
    const fields = { requestId: 'r-1', status: 200, coldStart: false, email: 'ada@example.com', body: { pan: '4111' } };
    log.info('request', fields);
    expect(lines).toEqual([{ message: 'request', fields: { requestId: 'r-1', status: 200, coldStart: false } }]);
  });

  test('redacts texts and messages, and cuts them', () => {
    const { lines, log } = aLog();
    log.error('failed for ada@example.com', { reason: `card 4111111111111111 ${'x'.repeat(5_000)}` });
    const [{ message, fields } = { message: '', fields: {} }] = lines;
    expect(message).toBe('failed for [redacted]');
    expect(JSON.stringify(fields)).not.toContain('4111111111111111');
    expect(JSON.stringify(fields).length).toBeLessThan(2_100);
  });

  test('knows of an error its name, message and stack, and of what is none its type', () => {
    expect(errorFields(new TypeError('no'))).toMatchObject({ errorName: 'TypeError', errorMessage: 'no' });
    expect(errorFields('sk_live_secret')).toEqual({ errorName: 'string' });
  });
});
