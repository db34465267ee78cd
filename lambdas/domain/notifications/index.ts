export { parseNotification } from './parse-notification';
export type { Addresses, Notification, NotificationQueue } from './ports';
export { reactionsTo } from './reactions';
export { sendInvitation, type SendInvitationPorts, type SentInvitation } from './send-invitation';
export { sendNotice, type SendNoticePorts, type SentNotice } from './send-notice';
