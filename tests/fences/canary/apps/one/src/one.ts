import { two } from '../../two/src/two.ts';

export const one = [two];
