import { enableCompileCache } from 'node:module';

// Before anything else is loaded, or it would be compiled uncached: hence the second file.
enableCompileCache();
await import('./run-control.ts');
