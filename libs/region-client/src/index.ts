export { createForwarder, type ForwardedRequest, type Forwarder, type ForwardOutcome } from './forwarder.ts';
export {
  type Call,
  type CallOutcome,
  createRegionClient,
  type RegionClient,
  type RegionClientOptions,
} from './region-client.ts';
export { wasNeverSent } from './was-never-sent.ts';
