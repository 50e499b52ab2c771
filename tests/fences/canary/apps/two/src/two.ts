import { one } from '../../one/src/one.ts';

export const two: unknown[] = [one];
