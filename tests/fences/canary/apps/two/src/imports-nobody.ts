import { nobody } from './nobody.ts';

export const breaksResolution = nobody;
