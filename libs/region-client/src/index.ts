export {
  type Call,
  type CallOutcome,
  createRegionClient,
  type RegionClient,
  type RegionClientOptions,
} from './region-client.ts';
