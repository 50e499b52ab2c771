/** The types of `machine.mjs`. Each rule returns what is missing, one sentence each; empty when nothing is. */
export function node(version: string): string[];
export function javaSays(): string | undefined;
export function jdk(said: string | undefined): string[];
export function maven(): string[];
export function memory(availableBytes: number, regions: number): string[];
export function availableMemoryBytes(): number;
