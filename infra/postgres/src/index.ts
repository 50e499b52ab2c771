export { isReachable } from './binaries.ts';
export { ensureDatabases } from './ensure-databases.ts';
export { applyMigrations } from './migrations.ts';
export { type PostgresOptions, postgresSpec, postgresUrl, startPostgres } from './postgres.ts';
