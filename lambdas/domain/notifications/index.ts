export { parseNotification } from './parse-notification';
export type { Notification, NotificationQueue } from './ports';
export { reactionsTo } from './reactions';
export { sendInvitation, type SendInvitationPorts, type SentInvitation } from './send-invitation';
