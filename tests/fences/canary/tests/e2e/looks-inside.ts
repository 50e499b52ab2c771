import { one } from '../../apps/one/src/one.ts';

export const breaksTheBlackBox = one;
