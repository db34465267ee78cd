import { startTestCloud } from '../cloud';

describe('SNS', () => {
  it('tells listeners what is published, keeps it over a restart, and refuses a topic that nobody made', async () => {
    const cloud = await startTestCloud();
    const topicArn = cloud.door.services.sns.createTopic({ name: 'critical' });
    const heard: string[] = [];
    cloud.door.services.sns.onPublish(({ subject }) => heard.push(subject));
    cloud.door.services.sns.publish({ topicArn, subject: 'ALARM: webhooks dead', message: 'look' });
    expect(heard).toEqual(['ALARM: webhooks dead']);
    expect(() => cloud.door.services.sns.publish({ topicArn: `${topicArn}-other`, subject: '', message: '' })).toThrow(
      'Topic does not exist',
    );
    await cloud.restart();
    expect(cloud.door.services.sns.notifications()).toMatchObject([{ topicArn, message: 'look' }]);
    await cloud.close();
  });
});
