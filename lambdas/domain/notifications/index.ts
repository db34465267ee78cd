export type { Notification, NotificationQueue } from './ports';
export { reactionsTo } from './reactions';
