import { two } from '../../apps/two/src/two.ts';

export const isNoDomain = two;
