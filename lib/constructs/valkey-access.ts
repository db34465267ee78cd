/**
 * What the one user of the cache may do [Valkey: ACL]: run the limiter's script on cells, and what a client does to find its way.
 */
export const valkeyAccess = [
  'on',
  '~limit#*',
  '-@all',
  '+@connection',
  '+cluster|slots',
  '+cluster|shards',
  '+cluster|info',
  '+info',
  '+eval',
  '+get',
  '+set',
].join(' ');
