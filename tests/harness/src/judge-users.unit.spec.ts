import { describe, expect, it } from 'vitest';
import { judgeUsers } from './judge-users.ts';

const renamed = {
  email: 'ann@example.com',
  name: 'Ann',
  newName: 'Anna',
  registered: 'ok',
  renamed: 'ok',
  userId: 'u-1',
} as const;
const ann = { id: 'u-1', email: 'ann@example.com', name: 'Ann' };
const anna = { ...ann, name: 'Anna' };
const fine = { lost: [], misnamed: [], doubled: [] };

describe('users after a fault', () => {
  it('are right when every region has them under the name that was acknowledged last', () =>
    expect(judgeUsers([renamed], { east: [anna], west: [anna] })).toEqual(fine));

  it.each([
    ['old', ann],
    ['new', anna],
  ])('are right under the %s name when nobody knows whether they got the new one', (_which, user) =>
    expect(judgeUsers([{ ...renamed, renamed: 'info' }], { east: [user] })).toEqual(fine),
  );

  it.each([
    ['did not happen', []],
    ['happened', [ann]],
  ])('are right when a registration of unknown outcome %s', (_what, held) =>
    expect(
      judgeUsers([{ ...renamed, registered: 'info', renamed: 'fail', userId: undefined }], { east: held }),
    ).toEqual(fine),
  );

  it('are lost when one region lacks an acknowledged one', () =>
    expect(judgeUsers([renamed], { east: [anna], west: [] })).toEqual({ ...fine, lost: ['west: u-1'] }));

  it('are misnamed when a region has the name from before the acknowledged one', () =>
    expect(judgeUsers([renamed], { east: [anna], west: [ann] })).toEqual({
      ...fine,
      misnamed: ['west: u-1 is "Ann"'],
    }));

  it('are misnamed when a name was never asked for', () =>
    expect(judgeUsers([{ ...renamed, renamed: 'info' }], { east: [{ ...ann, name: 'Bob' }] }).misnamed).toHaveLength(
      1,
    ));

  it('are misnamed when a change that was refused took effect', () =>
    expect(judgeUsers([{ ...renamed, renamed: 'fail' }], { east: [anna] }).misnamed).toHaveLength(1));

  it.each([
    ['in one region', { east: [anna, { ...ann, id: 'u-2' }] }],
    ['in two', { east: [anna], west: [anna, { ...ann, id: 'u-2' }] }],
  ])('are doubled when one registration made two of them, %s', (_where, held) =>
    expect(judgeUsers([renamed], held)).toEqual({ ...fine, doubled: ['ann@example.com'] }),
  );
});
