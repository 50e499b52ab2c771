import { ProxyTracerProvider, trace } from '@opentelemetry/api';

/** What tracers are asked of as long as there is no SDK. */
const NOBODY = new ProxyTracerProvider().getDelegate();

/**
 * Whether tracers have somebody behind them: the SDK, or whoever else was registered. Without one no span goes anywhere, and who has to
 * search for what it would be made of can leave it. With one it may still go nowhere, as without a collector.
 */
export function hasTracerProvider(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOBODY;
}
