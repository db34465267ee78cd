import type { FunctionSpec, Grant } from './function-spec';
import { consumes, sendsTo } from './function-spec';

/** Items of books, of all tenants, in the table of views. */
const books = ['T#*#ledger#*'];
const booksAndLines = [...books, 'T#*#ledger-entries#*', 'T#*#ledger-lines#*'];

/** What it takes to read a log from its beginning to its head, and nothing that could write to it. */
const readsLogs: readonly Grant[] = [
  {
    on: 'coordination',
    actions: ['dynamodb:GetItem'],
    keys: ['T#*#audit-head'],
    why: "reads where a tenant's log ends",
  },
  { on: 'worm-objects', actions: ['s3:GetObject'], why: 'reads the commits of a tenant in their order' },
];

const foldsMoney: Grant = {
  on: 'journal',
  actions: ['dynamodb:Query'],
  keys: ['T#*#payment#*', 'T#*#settlement#*'],
  why: 'folds what stands in the books, before and after a commit',
};

/** The functions behind the ledger: they bring books up to logs, and nothing else may write books. */
export const ledgerFunctions: Record<'ledger-projector' | 'ledger-sweep' | 'rebuild-ledger', FunctionSpec> = {
  'ledger-projector': {
    invokedBy: 'queue',
    memoryMb: 1024,
    timeoutSeconds: 60,
    env: ['journalTable', 'viewsTable', 'coordinationTable', 'wormBucket', 'ledgerQueueUrl'],
    own: [
      consumes('ledger', 'takes wake-ups, and puts one back whose tenant it failed on'),
      sendsTo('ledger', 'goes on with a log that is too long for one run'),
      ...readsLogs,
      foldsMoney,
      { on: 'views', actions: ['dynamodb:GetItem'], keys: books, why: 'reads how far the books are' },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: booksAndLines,
        why: 'posts entries, lines and the place in the log in one transaction',
      },
    ],
  },
  'ledger-sweep': {
    invokedBy: 'schedule',
    memoryMb: 512,
    timeoutSeconds: 300,
    reservedConcurrency: 1,
    env: ['viewsTable', 'coordinationTable', 'wormBucket', 'ledgerQueueUrl'],
    own: [
      sendsTo('ledger-sweep-failures', 'a run that failed for good is kept here'),
      sendsTo('ledger', 'wakes the projector for books that are behind'),
      ...readsLogs,
      { on: 'views/byTime', actions: ['dynamodb:Query'], keys: ['P#tenant'], why: 'finds all tenants' },
      { on: 'views', actions: ['dynamodb:GetItem'], keys: books, why: 'reads how far the books are' },
    ],
  },
  'rebuild-ledger': {
    invokedBy: 'operator',
    memoryMb: 1769,
    timeoutSeconds: 900,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'coordinationTable', 'wormBucket'],
    own: [
      ...readsLogs,
      foldsMoney,
      {
        on: 'views',
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
        keys: booksAndLines,
        why: 'makes books anew beside those that are read, and switches where both stand',
      },
      {
        on: 'views',
        actions: ['dynamodb:Query', 'dynamodb:DeleteItem'],
        keys: booksAndLines,
        why: 'removes books that nobody reads any more',
      },
    ],
  },
};
