import { resolve, type ReferenceSource } from '../../../local/assembly/intrinsics';
import type { Json } from '../../../local/assembly/json';

const source: ReferenceSource = {
  ref: (logicalId) => {
    const values: Record<string, Json> = {
      Queue: 'https://queue',
      'AWS::Region': 'eu-central-1',
      Count: 3,
      List: ['a', 'b'],
    };
    const value = values[logicalId];
    if (value === undefined) throw new Error(`unknown ${logicalId}`);
    return value;
  },
  getAtt: (logicalId, attribute) => `${logicalId}.${attribute}`,
  importValue: (name) => `imported ${name}`,
  mapping: () => ({ 'eu-central-1': { size: 'large' } }),
  condition: (name) =>
    name === 'IsProd' ? { 'Fn::Equals': [{ Ref: 'Queue' }, 'other'] } : { 'Fn::Not': [{ Condition: 'IsProd' }] },
};

describe('an intrinsic function', () => {
  it.each<[string, Json, Json]>([
    ['Ref', { Ref: 'Queue' }, 'https://queue'],
    ['Ref of a number', { Ref: 'Count' }, 3],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'Table.Arn'],
    ['Fn::GetAtt with a nested attribute', { 'Fn::GetAtt': 'Stack.Outputs.Url' }, 'Stack.Outputs.Url'],
    ['Fn::Join', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Region' }, { Ref: 'Count' }]] }, 'arn:eu-central-1:3'],
    ['Fn::Join of a list that is itself a reference', { 'Fn::Join': ['-', { Ref: 'List' }] }, 'a-b'],
    ['Fn::Sub', { 'Fn::Sub': 'x ${Queue} ${Table.Arn} ${!Literal}' }, 'x https://queue Table.Arn ${Literal}'],
    [
      'Fn::Sub with variables of its own',
      { 'Fn::Sub': ['${Own}/${Queue}', { Own: { Ref: 'Count' } }] },
      '3/https://queue',
    ],
    ['Fn::Select of Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': ['//', { Ref: 'Queue' }] }] }, 'queue'],
    ['Fn::If', { 'Fn::If': ['IsProd', 'prod', 'dev'] }, 'dev'],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${AWS::Region}-name' } }, 'imported eu-central-1-name'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'size'] }, 'large'],
    ['Fn::Base64', { 'Fn::Base64': 'text' }, 'dGV4dA=='],
    ['a condition of a condition', { 'Fn::If': ['NotProd', 1, 2] }, 1],
  ])('%s resolves', (_name, value, expected) => {
    expect(resolve(value, source)).toEqual(expected);
  });

  it('AWS::NoValue takes out the property or the list entry', () => {
    const value = {
      kept: 1,
      gone: { Ref: 'AWS::NoValue' },
      list: [1, { 'Fn::If': ['IsProd', 2, { Ref: 'AWS::NoValue' }] }, 3],
    };
    expect(resolve(value, source)).toEqual({ kept: 1, list: [1, 3] });
  });

  it('leaves the Condition of a policy statement alone', () => {
    const statement = {
      Effect: 'Allow',
      Condition: { StringEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['Rule', 'Arn'] } } },
    };
    expect(resolve(statement, source)).toEqual({
      Effect: 'Allow',
      Condition: { StringEquals: { 'aws:SourceArn': 'Rule.Arn' } },
    });
  });

  it.each<[string, Json, RegExp]>([
    ['that is not known', { 'Fn::Transform': { Name: 'X' } }, /Fn::Transform is not supported/],
    ['Ref to nothing', { Ref: 'Nobody' }, /unknown Nobody/],
    ['Fn::Select beyond the end', { 'Fn::Select': [5, ['a']] }, /no element 5/],
    ['Fn::Join of an object', { 'Fn::Join': ['', [{ a: 1 }]] }, /expected a string/],
  ])('%s fails', (_name, value, message) => {
    expect(() => resolve(value, source)).toThrow(message);
  });
});
