const Sequencer = require('@jest/test-sequencer').default;

/** By path, so that a run is the same every time; the scan of everything that was written comes after all that wrote. */
class ByPathScanLast extends Sequencer {
  sort(tests) {
    const isScan = (test) => (test.path.includes('secret-scan') ? 1 : 0);
    return [...tests].sort((a, b) => isScan(a) - isScan(b) || a.path.localeCompare(b.path));
  }
}

module.exports = ByPathScanLast;
