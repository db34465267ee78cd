import { referenceReaders } from '../../../lambdas/adapters/providers/typed-references';
import { readPspReference } from '../../../lambdas/adapters/providers/adyen/adyen-references';
import type { ProviderName } from '../../../lambdas/domain/providers/provider';
import { passesLuhn } from '../../../lambdas/kernel/redaction';

type Kind = 'authorize' | 'capture' | 'cancel' | 'refund';

const read = (provider: ProviderName, kind: Kind, text: string) => referenceReaders[provider](kind, text);

describe('what somebody copied from a dashboard', () => {
  test.each<[ProviderName, Kind, string, string]>([
    ['stripe', 'authorize', 'pi_3MtwBwLkdIwHu7ix28a3tqPa', 'pi_3MtwBwLkdIwHu7ix28a3tqPa'],
    ['stripe', 'cancel', 'pi_3MtwBwLkdIwHu7ix28a3tqPa', 'pi_3MtwBwLkdIwHu7ix28a3tqPa'],
    ['stripe', 'capture', 'ch_3MmlLrLkdIwHu7ix0snN0B15', 'ch_3MmlLrLkdIwHu7ix0snN0B15'],
    ['stripe', 'capture', 'py_3MmlLrLkdIwHu7ix0snN0B15', 'py_3MmlLrLkdIwHu7ix0snN0B15'],
    ['stripe', 'refund', 're_1Nispe2eZvKYlo2Cd31jOCgZ', 're_1Nispe2eZvKYlo2Cd31jOCgZ'],
    ['stripe', 'refund', 'pyr_1Nispe2eZvKYlo2Cd31jOCgZ', 'pyr_1Nispe2eZvKYlo2Cd31jOCgZ'],
    ['adyen', 'refund', 'QFQTPCQ8HXSKGK82', 'QFQTPCQ8HXSKGK82'],
    ['adyen', 'refund', 'qfqtpcq8hxskgk82', 'QFQTPCQ8HXSKGK82'],
    ['adyen', 'capture', '8835511210681145', 'psp8835511210681145'],
    ['adyen', 'capture', 'psp8835511210681145', 'psp8835511210681145'],
    ['paypal', 'refund', '1JU08902781691411', '1JU08902781691411'],
    ['paypal', 'capture', '7tk53561yb803214s', '7TK53561YB803214S'],
    ['sandbox', 'authorize', 'auth_0123456789abcdef', 'auth_0123456789abcdef'],
  ])('from %s of a %s: %s', (provider, kind, text, reference) => {
    expect(read(provider, kind, text)).toEqual({ ok: true, value: reference });
  });

  test.each<[ProviderName, Kind, string, string]>([
    ['stripe', 'capture', 'pi_3MtwBwLkdIwHu7ix28a3tqPa', 'ch_'],
    ['stripe', 'refund', 'ch_3MmlLrLkdIwHu7ix0snN0B15', 're_'],
    ['stripe', 'authorize', 'ch_3MmlLrLkdIwHu7ix0snN0B15', 'pi_'],
    ['stripe', 'refund', 're_a_b', 're_'],
    ['adyen', 'refund', 'QFQTPCQ8HXSKGK8', '16'],
    ['adyen', 'refund', 'pspQFQTPCQ8HXSK', '16'],
    ['adyen', 'refund', '4111111111111111', '16'],
    ['paypal', 'refund', '1JU0890278169141', '17'],
    ['paypal', 'capture', 'I-BW452GLLEP1GABC', '17'],
    ['sandbox', 'refund', 'auth_0123456789abcdef', 'refund_'],
    ['sandbox', 'refund', '..', 'refund_'],
  ])('is refused by %s of a %s, saying what is wanted: %s', (provider, kind, text, wanted) => {
    expect(read(provider, kind, text)).toEqual({ ok: false, error: { wanted: expect.stringContaining(wanted) } });
  });

  test('is what the answers and notifications of Adyen would have brought, also where its digits pass the check of cards', () => {
    const digits = ['8835511210681145', '7914073381342284', '9915555555555555', '8515208516304269', '8815000000000005'];
    const passing = Array.from({ length: 20 }, (_, last) => `88355112106811${String(last).padStart(2, '0')}`).filter(
      passesLuhn,
    );
    expect(passing.length).toBeGreaterThan(0);
    for (const pspReference of [...digits, ...passing]) {
      const kept = readPspReference({ pspReference }, 'pspReference');
      expect(read('adyen', 'capture', pspReference)).toEqual({ ok: true, value: kept });
      expect(read('adyen', 'capture', kept)).toEqual({ ok: true, value: kept });
    }
  });
});
