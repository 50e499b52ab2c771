export { type ApplierInTest, handleAlone, handleInRuns, heardRecord, startApplier } from './applier-in-test.ts';
export { type RegionInTest, type RegionsInTest, startRegionsInTest } from './regions-in-test.ts';
export {
  type Answer,
  type EventToWrite,
  migrationsOf,
  type ServiceInTest,
  type ServiceToTest,
  startServiceInTest,
} from './service-in-test.ts';
