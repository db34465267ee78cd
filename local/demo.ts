import { auditAndAttack } from './demo/audit';
import { takeMoney } from './demo/payments';
import { meetPeople } from './demo/people';
import { poisonAndMend } from './demo/poison';
import { newStage } from './demo/stage';
import { newTelling, NotShown } from './demo/telling';
import { newProductClient } from './product-client';
import { startTemporaryCloud } from './temporary-cloud';

/**
 * `npm run demo`: the main journey, step by step, on a new and empty local cloud that is thrown away afterwards. A step that
 * does not show what it says ends it with exit code 1.
 */
async function main(): Promise<void> {
  const startedMs = Date.now();
  console.log(
    'Countinghouse: a payments back office for your own AWS account. This plays its main journey on this machine:',
  );
  console.log(
    'the very functions, roles and policies that would be deployed, on local stand-ins for the AWS services.',
  );
  const { cloud, end } = await startTemporaryCloud(() => console.log('\nSynthesizing the stacks …'));
  try {
    const stage = newStage(
      cloud,
      newProductClient(cloud),
      newTelling((line) => console.log(line)),
    );
    const owner = await meetPeople(stage);
    const payment = await takeMoney(stage, owner);
    await poisonAndMend(stage, owner);
    await auditAndAttack(stage, owner, payment);

    const calls = cloud.frontDoor.calls().filter(({ functionName }) => functionName !== undefined);
    console.log(`
All ${stage.steps()} steps showed what they said, in ${Math.round((Date.now() - startedMs) / 1000)} s. On the way the functions made
${calls.length} calls to AWS, each of them checked against the policies that would be deployed.

  npm start        the same cloud to play with: a seeded tenant, users, and a first curl
  npm run bench    what every operation costs, beside the same done the usual way
  npm test         everything above, and much more, as tests
  docs/            how it works and why`);
  } finally {
    await end();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof NotShown ? `\nThis step did not show what it says:\n${error.message}` : error);
  process.exit(1);
});
