import type { DynamoDBClient, QueryCommandOutput, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { PutItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';

import { deriveToken } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import type { AppendResult, Commit, Guard, Journal, NewCommit, Owner, ViewWrite } from '../../kernel/journal';
import type { Item } from './attribute-values';
import { toAttribute, toItem } from './attribute-values';
import { commitToItem, observationToItem, parseCommitItem } from './commit-codec';
import { commitKey, leaseKey, versionSk } from './keys';
import { cancellation, failedCondition, isConflict } from './refusals';
import { viewToWrite } from './view-codec';

export interface DynamoJournalDependencies {
  readonly client: DynamoDBClient;
  readonly journalTable: string;
  readonly viewsTable: string;
  /** Only appends with guards look at it. */
  readonly coordinationTable: string;
}

/** [DynamoDB quotas: actions of a transaction] */
const maxActions = 100;

const versionTaken: AppendResult = { ok: false, error: { reason: 'version-taken' } };
const guardLost: AppendResult = { ok: false, error: { reason: 'guard-lost' } };

/** The journal in DynamoDB. Guards name leases of the commits' own owner. */
export function newDynamoJournal({
  client,
  journalTable,
  viewsTable,
  coordinationTable,
}: DynamoJournalDependencies): Journal {
  const putOf = (commit: NewCommit) => ({
    TableName: journalTable,
    Item: commitToItem(commit),
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });

  // A crash before the answer leaves the commit written or not; either way a retry of the same commit is answered alike.
  const appendOne = async (commit: NewCommit): Promise<AppendResult> => {
    try {
      await client.send(new PutItemCommand(putOf(commit)));
      return { ok: true };
    } catch (error) {
      if (isConflict(error)) return versionTaken;
      const refusal = failedCondition(error);
      if (refusal === undefined) throw error;
      return isOwn(commit, refusal.item) ? { ok: true } : versionTaken;
    }
  };

  const appendTogether = async (
    commits: readonly NewCommit[],
    views: readonly ViewWrite[],
    guards: readonly Guard[],
    owner: Owner,
  ): Promise<AppendResult> => {
    const actions: TransactWriteItem[] = [
      ...commits.map((commit) => ({ Put: putOf(commit) })),
      ...guards.map((guard) => guardCheck(coordinationTable, owner, guard)),
      ...views.map((view) => viewToWrite(viewsTable, view, '<')),
    ];
    invariant(actions.length <= maxActions, `a change of ${String(actions.length)} actions is beyond one transaction`);
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: actions,
          // The same commits are the same transaction: a second try after a lost answer is a success without effect.
          ClientRequestToken: deriveToken(commits.map(({ commitId }) => commitId)),
        }),
      );
      return { ok: true };
    } catch (error) {
      return judge(error, commits, guards.length);
    }
  };

  return {
    ...newDynamoJournalReader({ client, journalTable }),

    append: async (commits, extra = {}) => {
      const { views = [], guards = [] } = extra;
      const [first] = commits;
      invariant(first !== undefined, 'an append carries at least one commit');
      if (commits.length === 1 && views.length === 0 && guards.length === 0) return appendOne(first);
      return appendTogether(commits, views, guards, first.stream.owner);
    },

    ...newDynamoObservations({ client, journalTable }),
  };
}

/** Observations alone, for functions that neither read the journal nor append to it. */
export function newDynamoObservations({
  client,
  journalTable,
}: Pick<DynamoJournalDependencies, 'client' | 'journalTable'>): Pick<Journal, 'observe'> {
  return {
    observe: async (observation) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: journalTable,
            Item: observationToItem(observation),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
      } catch (error) {
        // The key is the observation's own ULID, so what stands there is this observation, from a try whose answer was lost.
        if (failedCondition(error) === undefined) throw error;
      }
    },
  };
}

/** The reading side alone, for functions that never write the journal. */
export function newDynamoJournalReader({
  client,
  journalTable,
}: Pick<DynamoJournalDependencies, 'client' | 'journalTable'>): Pick<Journal, 'read'> {
  return {
    read: async (stream, fromVersion = 1) => {
      const commits: Commit[] = [];
      let start: Item | undefined;
      do {
        const page: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: journalTable,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND sk >= :from',
            ExpressionAttributeValues: toItem({
              ':pk': commitKey(stream, fromVersion).pk,
              ':from': versionSk(fromVersion),
            }),
            ExclusiveStartKey: start,
          }),
        );
        commits.push(...(page.Items ?? []).map(parseCommitItem));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return commits;
    },
  };
}

/** What a cancelled transaction means. Reasons stand in the order of the actions: commits, guards, views. */
function judge(error: unknown, commits: readonly NewCommit[], guardCount: number): AppendResult {
  const reasons = cancellation(error);
  if (reasons === undefined) throw error;
  const ofCommits = reasons.slice(0, commits.length);
  // All stand as we meant to write them: an earlier try of this very append landed, and its answer was lost.
  if (commits.every((commit, index) => isOwn(commit, ofCommits[index]?.item))) return { ok: true };
  const ofGuards = reasons.slice(commits.length, commits.length + guardCount);
  if (ofGuards.some(({ code }) => code === 'ConditionalCheckFailed')) return guardLost;
  // A newer view means that its stream has moved on, so the version is taken, too. A conflict means that another transaction was
  // writing the same items: nothing of ours was written, and reloading shows who was first.
  const raced = reasons.some(({ code }) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict');
  const broken = reasons.some(({ code }) => !['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(code));
  if (!raced || broken) throw error;
  return versionTaken;
}

function guardCheck(table: string, owner: Owner, guard: Guard): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: table,
      Key: toItem(leaseKey(owner, guard.lease)),
      ConditionExpression: 'fence = :fence AND attribute_exists(nonce)',
      ExpressionAttributeValues: { ':fence': toAttribute(guard.fence) },
    },
  };
}

function isOwn(commit: NewCommit, stored: unknown): boolean {
  return stored !== undefined && parseCommitItem(stored).commitId === commit.commitId;
}
