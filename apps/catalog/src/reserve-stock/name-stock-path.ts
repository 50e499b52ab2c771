import { ATTRIBUTES } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';

/** Names on the request's span how an order came by its units, so that the slow and the refused ones can be searched for. */
export function nameStockPath(
  path: 'local' | 'transfer' | 'forwarded' | 'refused',
  lines: { quantity: number }[],
  from: string[],
): void {
  trace.getActiveSpan()?.setAttributes({
    [ATTRIBUTES.stockPath]: path,
    [ATTRIBUTES.stockUnits]: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    ...(from.length > 0 && { [ATTRIBUTES.stockFrom]: from }),
  });
}
